// Between the graph's page, which speaks in texts and callbacks, and its picture (app/editor, module `graph`).
const open = new WeakMap();

window.millraceGraph = {
  /** Draws a graph into an element, or what became of it; `ready(true)` when it stands first, `ready(false)` when its code could not be had. */
  async draw(element, text, onSelect, onOpen, ready) {
    const known = open.get(element);
    const wanted = JSON.parse(text);
    if (known) {
      const focus = known.wanted.focus;
      known.wanted = wanted;
      known.handle?.setData(wanted.nodes, wanted.edges);
      if (wanted.focus !== focus) known.handle?.setFocus(wanted.focus);
      return;
    }
    const one = { wanted };
    open.set(element, one);
    try {
      const editor = await import('/editor/index.js');
      // It may have been closed, and there may be something newer to draw.
      if (open.get(element) !== one || !element.isConnected) return;
      one.handle = await editor.openGraph(element, {
        ...one.wanted,
        onSelect: (node) => onSelect(node ? node.id : ''),
        onOpen: (node) => onOpen(node.id),
      });
      if (open.get(element) !== one) return one.handle.destroy();
      if (one.selected) one.handle.select(one.selected);
      ready(true);
    } catch (error) {
      console.warn('The picture of the graph could not be loaded', error);
      open.delete(element);
      ready(false);
    }
  },
  select(element, id) {
    const one = open.get(element);
    if (!one) return;
    one.selected = id || null;
    one.handle?.select(one.selected);
  },
  zoom(element, step) {
    const handle = open.get(element)?.handle;
    if (step > 0) handle?.zoomIn();
    else if (step < 0) handle?.zoomOut();
    else handle?.fit();
  },
  close(element) {
    open.get(element)?.handle?.destroy();
    open.delete(element);
  },
};
window.dispatchEvent(new Event('millrace-graph'));
