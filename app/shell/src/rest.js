// A page rests until somebody touches it or its data changes: until then it is what the server sent, with links and forms
// that work by themselves. Then its code is fetched, and what was asked for meanwhile is done.
(() => {
  const { js, wasm, more } = document.currentScript.dataset;
  const root = document.documentElement;
  const TOUCHES = ['pointermove', 'pointerdown', 'touchstart', 'wheel', 'keydown', 'input', 'click', 'submit'];
  const FIELDS = 'input, textarea, select, [contenteditable]';
  const PATIENCE = 4000; // ms; then a form is posted as it would be without script
  const asked = [];
  let waking, stream, passing;

  function wake() {
    waking ??= (async () => {
      root.dataset.waking = '';
      stream?.close();
      for (const href of [js, wasm, ...more.split(' ')].filter(Boolean)) {
        const link = document.createElement('link');
        const script = href.endsWith('.js');
        Object.assign(link, { rel: script ? 'modulepreload' : 'preload', href, crossOrigin: 'anonymous' });
        if (!script) Object.assign(link, { as: 'fetch', type: 'application/wasm' });
        document.head.append(link);
      }
      const main = await import(js);
      await main.default({ module_or_path: wasm });
      // What the page holds may still be on its way.
      if (document.readyState === 'loading') await new Promise((there) => addEventListener('DOMContentLoaded', there));
      main.hydrate();
    })().catch((error) => {
      // The next touch tries again.
      console.error(error);
      waking = undefined;
      asked.length = 0;
      delete root.dataset.waking;
    });
  }

  function touched(event) {
    wake();
    if (passing) return;
    const { target } = event;
    if (event.type === 'click' && !target.closest(`a[href], label, summary, ${FIELDS}`)) {
      const button = target.closest('button');
      // A form's button posts it: see below.
      if (button?.form && button.type !== 'button' && !button.hasAttribute('popovertarget')) return;
      hold(event, () => target.isConnected && target.click());
    } else if (event.type === 'submit') {
      const again = () => target.requestSubmit(event.submitter);
      const late = setTimeout(() => {
        passing = true;
        again();
      }, PATIENCE);
      hold(event, () => {
        clearTimeout(late);
        // Once it is on its way it is not posted again.
        if (!passing) again();
      });
    } else if (event.type === 'keydown' && event.key.length === 1 && !target.closest?.(FIELDS)) {
      const shortcut = event.ctrlKey || event.metaKey;
      if (shortcut && event.key !== 'k') return;
      const again = () => (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', event));
      if (shortcut) hold(event, again);
      else asked.push(again);
    }
  }

  function hold(event, again) {
    event.preventDefault();
    event.stopImmediatePropagation();
    asked.push(again);
  }

  for (const touch of TOUCHES) addEventListener(touch, touched, { capture: true });
  new MutationObserver((_, observer) => {
    observer.disconnect();
    for (const touch of TOUCHES) removeEventListener(touch, touched, { capture: true });
    delete root.dataset.waking;
    for (const again of asked) again();
  }).observe(root, { attributeFilter: ['data-hydrated'] });

  addEventListener('load', () => {
    // An address may ask for a dialog, which the code of the page opens; a picture may be drawn by it.
    if (location.search || location.hash || document.querySelector('[data-wakes]')) wake();
    const org = /^\/o\/([^/]+)/.exec(location.pathname)?.[1];
    if (!org || waking) return;
    const at = document.querySelector("meta[name='live-position']")?.content ?? '';
    stream = new EventSource(`/api/live?org=${org}&topics=*&last_event_id=${at}`);
    for (const event of ['change', 'reset']) stream.addEventListener(event, wake);
  });
})();
