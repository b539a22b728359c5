// Between the graph's page, which speaks in texts and callbacks, and its picture (app/editor, module `graph`).
const open = new WeakMap();

function options(text) {
  return JSON.parse(text);
}

window.millraceGraph = {
  /** Draws a graph into an element; `ready(true)` when it stands, `ready(false)` when its code could not be had. */
  async open(element, text, onSelect, onOpen, ready) {
    try {
      const editor = await import('/editor/index.js');
      if (!element.isConnected) return;
      const handle = await editor.openGraph(element, {
        ...options(text),
        onSelect: (node) => onSelect(node ? node.id : ''),
        onOpen: (node) => onOpen(node.id),
      });
      open.set(element, handle);
      ready(true);
    } catch (error) {
      console.warn('The picture of the graph could not be loaded', error);
      ready(false);
    }
  },
  update(element, text) {
    const { nodes, edges, focus } = options(text);
    const handle = open.get(element);
    handle?.setData(nodes, edges);
    if (focus) handle?.setFocus(focus);
  },
  select(element, id) {
    open.get(element)?.select(id || null);
  },
  zoom(element, step) {
    const handle = open.get(element);
    if (step > 0) handle?.zoomIn();
    else if (step < 0) handle?.zoomOut();
    else handle?.fit();
  },
  close(element) {
    open.get(element)?.destroy();
    open.delete(element);
  },
};
window.dispatchEvent(new Event('millrace-graph'));
