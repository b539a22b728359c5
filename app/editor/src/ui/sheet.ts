/** Style sheets that come with the code. In no layer: CodeMirror's own are in none either, and would win. */
import diagram from '../../../../style/diagram.css';
import editor from '../../../../style/editor.css';

let there = false;

export function adoptStyles(): void {
  if (there) return;
  there = true;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(editor + diagram);
  document.adoptedStyleSheets.push(sheet);
}
