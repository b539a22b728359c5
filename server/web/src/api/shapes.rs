//! The shapes with names that several endpoints answer.

/// Name and fields; how they are written stands in `shape`.
pub(super) const SHAPES: &[(&str, &str)] = &[
    ("Refusal", "error: { code: string, message: string, request_id: string, fields?: object, details?: any }"),
    ("Organization", "id: uuid, slug: string, name: string, logoUrl?: string, role?: string, members?: integer, suspended?: boolean"),
    ("OrganizationProfile", "id: uuid, slug: string, name: string"),
    ("Member", "id: uuid, name: string, role: owner|admin|member"),
    ("ApiKey", "id: uuid, name: string, scopes: string[]"),
    ("AuditLine", "id: integer, action: string, result: string, severity: string"),
    ("ProjectStatus", "draft|active|paused|complete|archived"),
    (
        "Project",
        "id: uuid, rev: string, slug: string, name: string, description?: string, status: ProjectStatus, repoUrl?: string, \
         branch: string, createdAt: date-time, updatedAt: date-time, counts?: StatusCounts",
    ),
    ("StatusCounts", "pending: integer, inProgress: integer, passing: integer, failing: integer, blocked: integer"),
    ("FeatureStatus", "pending|in_progress|passing|failing|blocked"),
    ("Criterion", "id: string, text: string, met: boolean"),
    (
        "Feature",
        "id: uuid, rev: string, projectId: uuid, parentId?: uuid, key: string, slug: string, name: string, description?: string, \
         category?: string, priority?: P0|P1|P2|P3, status: FeatureStatus, criteria: Criterion[], effort?: string, \
         dependencies: string[], sortOrder: integer, createdAt: date-time, updatedAt: date-time, deleted: boolean",
    ),
    (
        "FeatureRow",
        "id: uuid, rev: string, key: string, name: string, status: FeatureStatus, priority?: P0|P1|P2|P3, category?: string, \
         criteriaMet: integer, criteriaTotal: integer, dependencies: integer, updatedAt: date-time",
    ),
    (
        "SyncReport",
        "created: integer, updated: integer, unchanged: integer, rejected: integer, notes?: string[], \
         lines: { line: integer, key: string, name: string, outcome: string, reason?: string, notes?: string[], changed?: string[] }[]",
    ),
    (
        "Activity",
        "id: uuid, at: date-time, entity: string, action: string, key?: string, name?: string, actor?: string, \
         actorType: user|agent|system, changes?: object, metadata?: any",
    ),
    (
        "Document",
        "id: uuid, rev: string, projectId: uuid, featureId?: uuid, type: DocumentType, title: string, slug: string, templateId?: uuid, \
         sortOrder: integer, createdAt: date-time, updatedAt: date-time, content?: any, diagramSource?: string, contentHash?: string",
    ),
    ("DocumentType", "product_overview|feature_requirements|technical_requirements|foundation_blueprint|system_diagram|feature_blueprint"),
    (
        "DocumentRow",
        "id: uuid, rev: string, type: DocumentType, title: string, slug: string, featureId?: uuid, updatedAt: date-time, \
         drifted: boolean, pendingSuggestions: integer",
    ),
    ("Version", "id: uuid, versionNumber: integer, changeSummary?: string, author?: string, createdAt: date-time"),
    ("Comment", "id: uuid"),
    ("Thread", "id: uuid, resolved: boolean, comments: any[]"),
    ("Suggestion", "id: uuid, status: pending|accepted|rejected|partially_accepted, diffs: any[]"),
    (
        "Phase",
        "id: uuid, rev: string, name: string, description?: string, sortOrder: integer, createdAt: date-time, updatedAt: date-time, done: integer, live: integer",
    ),
    ("WorkOrderStatus", "backlog|ready|in_progress|in_review|done"),
    (
        "WorkOrder",
        "id: uuid, rev: string, projectId: uuid, number: integer, phaseId?: uuid, featureId?: uuid, title: string, \
         status: WorkOrderStatus, description?: any, acceptanceCriteria?: any, outOfScope?: any, implementationPlan?: any, \
         assigneeIds: uuid[], sortOrder: integer, deliverableType?: string, createdBy?: uuid, createdAt: date-time, \
         updatedAt: date-time, deleted: boolean",
    ),
    (
        "WorkOrderRow",
        "id: uuid, rev: string, number: integer, title: string, status: WorkOrderStatus, phaseId?: uuid, featureKey?: string, \
         deliverableType?: string, assigneeIds: uuid[], sortOrder: integer, blocked: boolean, openWorkItems: integer, \
         workItems: integer, createdAt: date-time, updatedAt: date-time",
    ),
    ("BulkResult", "id: uuid, problem?: string"),
    ("Extracted", "suggestionIds: uuid[], proposals: integer, problems: any, unapproved: string[]"),
    (
        "WorkItem",
        "id: uuid, rev: string, projectId: uuid, workOrderId?: uuid, featureId?: uuid, title: string, description?: string, \
         type: task|bug|enhancement, status: todo|in_progress|done, priority?: P0|P1|P2|P3, assigneeId?: uuid, effort?: integer, \
         metadata: any, testRunResultId?: uuid, createdAt: date-time, updatedAt: date-time",
    ),
    ("WorkItemLink", "id: uuid, linkType: string, outgoing: boolean, otherId: uuid, otherTitle: string, otherStatus: string"),
    (
        "TestRun",
        "id: uuid, projectId: uuid, commitSha?: string, branch?: string, triggeredBy: user|agent|ci|schedule, \
         status: pending|running|passed|failed|cancelled, totalTests: integer, passedTests: integer, failedTests: integer, \
         skippedTests: integer, startedAt?: date-time, finishedAt?: date-time, createdAt: date-time, passRate?: integer, \
         unlinked?: integer, results?: any[], nextCursor?: string",
    ),
    (
        "TestCase",
        "id: uuid, rev: string, projectId: uuid, featureId?: uuid, feature?: string, codePath?: string, name: string, \
         description?: string, type: string, tool?: string, isRequired: boolean, status: string, flaky: boolean, \
         lastRunAt?: date-time, createdAt: date-time, updatedAt: date-time",
    ),
    ("Feedback", "id: uuid, rev: string, status: FeedbackStatus, category?: string, priorityScore?: number, tags: string[]"),
    ("FeedbackStatus", "new|triaged|in_progress|resolved|dismissed"),
    ("Node", "id: uuid, entityType: string, entityId: uuid, label: string, metadata: any, contentHash?: string"),
    ("Edge", "id: uuid, sourceNodeId: uuid, targetNodeId: uuid, edgeType: EdgeType, kept: boolean, createdAt: date-time"),
    ("EdgeType", "derives_from|shared_context|implements|feedback_on|parent_of|references|blocks|related_to"),
    ("Neighbour", "edge: uuid, edgeType: EdgeType, kept: boolean, outgoing: boolean, node: Node"),
    (
        "DriftAlert",
        "id: uuid, projectId: uuid, source: Node, target?: Node, driftType: string, description: string, severity: low|medium|high, \
         status: open|acknowledged|resolved|dismissed, createdAt: date-time, updatedAt: date-time, resolvedAt?: date-time, \
         resolvedBy?: string",
    ),
    (
        "Job",
        "id: uuid, jobType: string, status: pending|running|completed|failed, input?: any, output?: any, error?: string, \
         attempts: integer, progress: integer, createdAt: date-time, startedAt?: date-time, completedAt?: date-time",
    ),
    (
        "Export",
        "id: uuid, scope: any, format: md|docx|pdf, status: string, error?: string, progress: integer, createdAt: date-time, file?: any",
    ),
    (
        "Integration",
        "id: uuid, type: slack|github_issues|jira, enabled: boolean, config: object, secret: string, testedAt?: date-time, \
         lastError?: string, updatedAt: date-time",
    ),
    (
        "Template",
        "id: uuid, rev: string, type: refinery|foundry|planner_extraction|planner_work_order|planner_phase, \
         scope: project|organization|system, name: string, description?: string, content: any, isDefault: boolean, updatedAt: date-time",
    ),
    (
        "Codebase",
        "id: uuid, provider: local|github|gitlab|bitbucket, location: string, name: string, branch: string, \
         status: pending|indexing|completed|failed, progress: integer, error?: string, files: integer, chunks: integer, \
         indexedCommit?: string, indexedAt?: date-time, model: string, embeddingStale: boolean",
    ),
    (
        "CodeHit",
        "fileId: uuid, path: string, language?: string, kind: string, name?: string, startLine: integer, endLine: integer, \
         content: string, lexical: number, cosine: number, score: number",
    ),
    (
        "Artifact",
        "id: uuid, rev: string, folderId?: uuid, name: string, fileName: string, mimeType: string, fileSize: integer, \
         processingStatus: pending|processing|completed|failed, processingError?: string, uploadedBy?: string, createdAt: date-time, \
         updatedAt: date-time",
    ),
    (
        "ArtifactDetail",
        "id: uuid, rev: string, folderId?: uuid, name: string, fileName: string, mimeType: string, fileSize: integer, \
         processingStatus: pending|processing|completed|failed, processingError?: string, uploadedBy?: string, createdAt: date-time, \
         updatedAt: date-time, extractedText?: string, textLength: integer, path: Folder[]",
    ),
    (
        "Folder",
        "id: uuid, rev: string, parentId?: uuid, name: string, sortOrder: integer, artifacts: integer, createdAt: date-time, \
         updatedAt: date-time",
    ),
    (
        "SearchHit",
        "type: feature|document|work_order|feedback_item|artifact|code, id: uuid, title: string, snippet: string, score: number, \
         link: string",
    ),
    ("Conversation", "id: uuid, agentType: string, context?: any, title: string, createdAt: date-time, updatedAt: date-time"),
    (
        "Message",
        "id: uuid, role: user|assistant|system, content: string, html: string, toolCalls: ToolCall[], inputTokens?: integer, \
         outputTokens?: integer, model?: string, createdAt: date-time",
    ),
    (
        "ToolCall",
        "id: string, name: string, arguments: object, status: done|failed|awaiting_confirmation|approved|rejected, title: string, \
         link?: string, changes?: any[], result?: string, error?: string",
    ),
    ("CodeHits", "items: CodeHit[], nextCursor?: string, totalCount: integer, model: string, wordsOnly: boolean"),
    (
        "Commit",
        "id: uuid, sha: string, message: string, author: string, at: date-time, filesChanged: integer, additions: integer, \
         deletions: integer, branch?: string, workOrderIds: uuid[], featureIds: uuid[]",
    ),
];
