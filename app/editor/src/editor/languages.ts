/** Languages the picker offers: what highlight.js calls them, and what people do. Mermaid has a block of its own. */
export const languages: [id: string, name: string][] = [
  ['bash', 'Bash'], ['c', 'C'], ['cpp', 'C++'], ['csharp', 'C#'], ['css', 'CSS'], ['diff', 'Diff'], ['go', 'Go'],
  ['graphql', 'GraphQL'], ['ini', 'INI, TOML'], ['java', 'Java'], ['javascript', 'JavaScript'], ['json', 'JSON'],
  ['kotlin', 'Kotlin'], ['markdown', 'Markdown'], ['php', 'PHP'], ['python', 'Python'], ['ruby', 'Ruby'], ['rust', 'Rust'],
  ['scss', 'SCSS'], ['sql', 'SQL'], ['swift', 'Swift'], ['typescript', 'TypeScript'], ['xml', 'HTML, XML'], ['yaml', 'YAML'],
];
