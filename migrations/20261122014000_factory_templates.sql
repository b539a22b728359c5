-- The templates that ship with Millrace (chapter 20, "Templates"), and what lists of documents need.

-- A refinery template is for one type of document: each type has a default of its own in a scope.
drop index factory.templates_default_key;
create unique index templates_default_key on factory.templates (organization_id, project_id, type, (coalesce(content ->> 'doc_type', '')))
  nulls not distinct where is_default;

-- The version of a document's head: its text has versions of its own and changes with every word somebody types, and its place
-- changes whenever another is moved.
alter table factory.documents add column rev text not null generated always as
  (md5(title || '/' || coalesce(feature_id::text, '') || '/' || (deleted_at is null)::text)) stored;

-- When its author last changed a comment.
alter table factory.comments add column edited_at timestamptz;

-- Deleted documents of a project, for the list of what can be brought back.
create index idx_documents_deleted on factory.documents (project_id, deleted_at desc, id) where deleted_at is not null;

-- Whose rows these are nobody's tenant answers for: the owner of the table writes them.
alter table factory.templates no force row level security;
insert into factory.templates (organization_id, type, name, description, is_default, content) values
(null, 'refinery', 'Product overview', 'Why the product exists, for whom, and how success is told.', true, $json${
  "doc_type": "product_overview",
  "sections": [
    {"heading": "Problem", "level": 1, "required": true, "body": "",
     "guidance": "Who has which problem today, how often, and what it costs them. Facts and quotes rather than opinions."},
    {"heading": "Current solution", "level": 1, "required": true, "body": "",
     "guidance": "What people do instead today: tools, spreadsheets, workarounds. Where does each of them fall short?"},
    {"heading": "Desired outcome", "level": 1, "required": true, "body": "",
     "guidance": "What is different for people once this exists. One outcome an item, each one observable."},
    {"heading": "Target users", "level": 1, "required": true, "body": "",
     "guidance": "The groups of people who use it, what each of them wants to get done, and who decides about buying."},
    {"heading": "Success measures", "level": 1, "required": true, "body": "| Measure | Today | Goal | By |\n| --- | --- | --- | --- |\n|  |  |  |  |",
     "guidance": "Numbers with a unit, where they stand today and where they should be by when."},
    {"heading": "Scope", "level": 1, "required": true, "body": "",
     "guidance": "What the first release does."},
    {"heading": "Out of scope", "level": 2, "required": false, "body": "",
     "guidance": "What somebody could expect and will not get, with the reason."},
    {"heading": "Constraints", "level": 1, "required": false, "body": "",
     "guidance": "Dates, budgets, laws, contracts, technology that is given."},
    {"heading": "Risks and open questions", "level": 1, "required": false, "body": "",
     "guidance": "What could make this fail, and what nobody knows yet. Name who finds out."}
  ]
}$json$),
(null, 'refinery', 'Feature requirements', 'What one feature does, told so that it can be built and checked.', true, $json${
  "doc_type": "feature_requirements",
  "sections": [
    {"heading": "Purpose", "level": 1, "required": true, "body": "",
     "guidance": "Which problem of whom this feature solves, in two or three sentences."},
    {"heading": "User stories", "level": 1, "required": true, "body": "- As a … I want to … so that …",
     "guidance": "One story an item: who, what, why. Each should be worth having on its own."},
    {"heading": "Behaviour", "level": 1, "required": true, "body": "",
     "guidance": "What happens step by step, beginning with the usual path. Say what the person sees."},
    {"heading": "Rules", "level": 2, "required": false, "body": "",
     "guidance": "Limits, formulas, permissions, with exact numbers and units."},
    {"heading": "Errors and edge cases", "level": 2, "required": true, "body": "",
     "guidance": "What can go wrong, and what the person is told and can do then."},
    {"heading": "Acceptance criteria", "level": 1, "required": true, "body": "- [ ] ",
     "guidance": "One checkable statement an item. No “should”: it is so, or it is not."},
    {"heading": "Out of scope", "level": 1, "required": false, "body": "",
     "guidance": "What belongs to another feature or comes later."},
    {"heading": "Open questions", "level": 1, "required": false, "body": "",
     "guidance": "What has to be decided, by whom, until when."}
  ]
}$json$),
(null, 'refinery', 'Technical requirements', 'What the whole system has to keep, whatever the feature.', true, $json${
  "doc_type": "technical_requirements",
  "sections": [
    {"heading": "Performance", "level": 1, "required": true, "body": "| Action | Load | 95 % within |\n| --- | --- | --- |\n|  |  |  |",
     "guidance": "Response times and throughput, each with the load it is measured under."},
    {"heading": "Availability and recovery", "level": 1, "required": true, "body": "",
     "guidance": "How much may be lost (RPO) and how long it may be away (RTO), and how that is shown."},
    {"heading": "Security and privacy", "level": 1, "required": true, "body": "",
     "guidance": "Who may see and do what, which data is personal, how long it is kept, what is logged."},
    {"heading": "Interfaces", "level": 1, "required": false, "body": "",
     "guidance": "Systems to talk to: protocol, direction, who owns them, what happens when they are away."},
    {"heading": "Platforms", "level": 1, "required": true, "body": "",
     "guidance": "Browsers, devices, languages, accessibility."},
    {"heading": "Operation", "level": 1, "required": false, "body": "",
     "guidance": "Deployment, monitoring, alarms, backups, who is called at night."}
  ]
}$json$),
(null, 'foundry', 'Web application', 'Foundations, diagrams and feature blueprints of an application with a server and a database.', true, $json${
  "instructions": "Foundations say what holds for every feature. A feature blueprint says only what is particular to its feature and refers to the foundations for the rest.",
  "blueprints": [
    {"title": "Architecture", "sections": [
      {"heading": "Overview", "level": 1, "required": true, "body": "", "guidance": "The parts of the system and what each is responsible for, in a paragraph and a list."},
      {"heading": "Principles", "level": 1, "required": true, "body": "", "guidance": "The few rules that settle most arguments, each with its reason."},
      {"heading": "Technology", "level": 1, "required": true, "body": "| Part | Choice | Reason |\n| --- | --- | --- |\n|  |  |  |", "guidance": "Languages, frameworks, services."},
      {"heading": "Decision log", "level": 1, "required": false, "body": "| Date | Context | Options | Choice |\n| --- | --- | --- | --- |\n|  |  |  |  |", "guidance": "Decisions a newcomer would question."}
    ]},
    {"title": "Data model", "sections": [
      {"heading": "Entities", "level": 1, "required": true, "body": "", "guidance": "Each thing that is stored: what it is, its key, its owner."},
      {"heading": "Relations", "level": 1, "required": true, "body": "", "guidance": "How the entities hang together, and what deleting one does to the others."},
      {"heading": "Migrations", "level": 1, "required": false, "body": "", "guidance": "How the schema changes without stopping."}
    ]},
    {"title": "API conventions", "sections": [
      {"heading": "Style", "level": 1, "required": true, "body": "", "guidance": "Addresses, methods, versions, naming."},
      {"heading": "Errors", "level": 1, "required": true, "body": "", "guidance": "The one shape of an error and which status means what."},
      {"heading": "Lists", "level": 1, "required": false, "body": "", "guidance": "Paging, filters, order."}
    ]},
    {"title": "Security", "sections": [
      {"heading": "Sign-in and sessions", "level": 1, "required": true, "body": "", "guidance": "How people and programs prove who they are."},
      {"heading": "Permissions", "level": 1, "required": true, "body": "", "guidance": "Roles, and where they are checked."},
      {"heading": "Data protection", "level": 1, "required": true, "body": "", "guidance": "Encryption, secrets, personal data, retention."}
    ]},
    {"title": "Testing and delivery", "sections": [
      {"heading": "Tests", "level": 1, "required": true, "body": "", "guidance": "Which kinds of tests there are and what each must prove."},
      {"heading": "Deployment", "level": 1, "required": true, "body": "", "guidance": "From a commit to production, and back."},
      {"heading": "Monitoring", "level": 1, "required": false, "body": "", "guidance": "What is measured, and when somebody is called."}
    ]}
  ],
  "diagrams": [
    {"title": "System context", "source": "flowchart LR\n  person([People]) --> app[Application]\n  app --> db[(Database)]\n  app --> mail[Mail]\n"},
    {"title": "Deployment", "source": "flowchart TB\n  subgraph production\n    lb[Load balancer] --> web1[Web]\n    lb --> web2[Web]\n    web1 --> db[(Database)]\n    web2 --> db\n    worker[Worker] --> db\n  end\n"}
  ],
  "feature_blueprint": {"sections": [
    {"heading": "Summary", "level": 1, "required": true, "body": "", "guidance": "What is built, in a few sentences."},
    {"heading": "Data model", "level": 1, "required": true, "body": "", "guidance": "Tables and columns that are new or change, with their constraints and migration."},
    {"heading": "API", "level": 1, "required": true, "body": "", "guidance": "Each endpoint or server function: input, output, errors, who may call it."},
    {"heading": "Screens", "level": 1, "required": false, "body": "", "guidance": "Each page and component, with its empty, loading and error states."},
    {"heading": "Tests", "level": 1, "required": true, "body": "", "guidance": "What is proven at which level."},
    {"heading": "Deployment and security", "level": 1, "required": false, "body": "", "guidance": "Settings, roll-out, monitoring, permissions."},
    {"heading": "Risks", "level": 1, "required": false, "body": "", "guidance": "What is uncertain, and how it is found out early."}
  ]}
}$json$),
(null, 'planner_extraction', 'Feature slices', 'One work order for each thing people can do with the feature.', true, $json${
  "strategy": "feature_slice",
  "instructions": "A work order is one slice through all layers that somebody can use and check. Prefer several small ones to one that takes more than three days."
}$json$),
(null, 'planner_extraction', 'Specialists', 'One work order a discipline: data, API, screens, tests, operation, each after the one before.', false, $json${
  "strategy": "specialist",
  "instructions": "A work order holds the work of one discipline. Each one blocks the next, so that nobody starts on what is not there yet."
}$json$),
(null, 'planner_work_order', 'Work order', 'What is to be done, how it is checked, and what does not belong to it.', true, $json${
  "title_pattern": "{title}",
  "max_criteria": 8,
  "sections": [
    {"heading": "Context", "level": 2, "required": true, "body": "", "guidance": "Which blueprint and which requirements this comes from."},
    {"heading": "Work", "level": 2, "required": true, "body": "", "guidance": "What is built or changed, file by file where that is known."},
    {"heading": "Notes", "level": 2, "required": false, "body": "", "guidance": "Traps, decisions, links."}
  ]
}$json$),
(null, 'planner_phase', 'Three phases', 'From something that runs to something that is sold.', true, $json${
  "phases": [
    {"name": "Foundation", "description": "The skeleton that everything stands on: data model, sign-in, deployment, the first slice from end to end."},
    {"name": "Core", "description": "What the product is bought for, complete enough for the first customers."},
    {"name": "Polish", "description": "Edge cases, speed, accessibility, documentation, what early customers asked for."}
  ]
}$json$);
alter table factory.templates force row level security;
