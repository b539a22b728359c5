/** Only the picture of a diagram: for versions, previews and exports. */
import type { PictureHandle, PictureOptions } from '../host';
import { Picture } from '../mermaid/picture';
import { h } from '../ui/dom';
import { adoptStyles } from '../ui/sheet';
import { Board } from './board';

export function drawDiagram(element: HTMLElement, { label, source }: PictureOptions): PictureHandle {
  adoptStyles();
  const problem = h('p', { class: 'ed-problem', role: 'status', hidden: true });
  const picture = new Picture(label, (wrong) => {
    problem.hidden = !wrong;
    if (wrong) problem.textContent = wrong.line ? `Line ${wrong.line}: ${wrong.message}` : wrong.message;
  });
  const board = new Board(picture, label);
  const root = h('div', { class: 'ed-drawing' }, board.dom, problem);
  element.append(root);
  picture.set(source, true);
  return {
    setSource: (next) => picture.set(next),
    svg: () => picture.svg(),
    destroy() {
      board.destroy();
      picture.destroy();
      root.remove();
    },
  };
}
