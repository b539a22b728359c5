/** Colours of Mermaid source: enough to see comments, words of the language, labels and arrows. */
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import { tags } from '@lezer/highlight';

const words = new RegExp(
  `^(?:${[
    'flowchart', 'graph', 'subgraph', 'end', 'direction', 'sequenceDiagram', 'participant', 'actor', 'activate', 'deactivate', 'loop', 'alt', 'else',
    'opt', 'par', 'and', 'critical', 'option', 'break', 'rect', 'note', 'Note', 'over', 'autonumber', 'classDiagram', 'class', 'classDef', 'namespace',
    'stateDiagram(?:-v2)?', 'state', 'erDiagram', 'gantt', 'title', 'dateFormat', 'axisFormat', 'section', 'pie', 'showData', 'journey', 'gitGraph',
    'commit', 'branch', 'checkout', 'merge', 'mindmap', 'timeline', 'quadrantChart', 'requirementDiagram', 'C4Context', 'C4Container', 'sankey(?:-beta)?',
    'xychart(?:-beta)?', 'block(?:-beta)?', 'architecture(?:-beta)?', 'packet(?:-beta)?', 'kanban', 'style', 'linkStyle', 'click', 'TB', 'TD', 'BT', 'RL', 'LR',
  ].join('|')})(?![\\w-])`,
);

const mermaid = StreamLanguage.define<null>({
  name: 'mermaid',
  startState: () => null,
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match(/^%%.*/)) return 'comment';
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return 'string';
    if (stream.match(/^\|[^|]*\|/)) return 'string';
    if (stream.match(/^(?:[ox<]?(?:--+|==+|-\.+-?|~~~+)(?:[>ox)]+|(?=[^\w]))|<?-{1,2}>{1,2}|\.{2,}\|?>?|[|}o]{1,2}--[|{o]{1,2}|:::?)/)) return 'operator';
    if (stream.match(words)) return 'keyword';
    if (stream.match(/^[[\](){}<>;:,]/)) return 'bracket';
    if (stream.match(/^\d+(?:\.\d+)?/)) return 'number';
    if (stream.match(/^[\p{L}\p{N}_-]+/u)) return 'variableName';
    stream.next();
    return null;
  },
  languageData: { commentTokens: { line: '%%' } },
});

const colours = HighlightStyle.define([
  { tag: tags.comment, class: 'hljs-comment' },
  { tag: tags.string, class: 'hljs-string' },
  { tag: tags.keyword, class: 'hljs-keyword' },
  { tag: tags.operator, class: 'hljs-operator' },
  { tag: tags.bracket, class: 'hljs-punctuation' },
  { tag: tags.number, class: 'hljs-number' },
]);

export const language = [mermaid, syntaxHighlighting(colours)];
