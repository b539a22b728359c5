// A program in WebAssembly has no import() of its own: it asks for modules through this one function.
window.millraceImport = (url) => import(url);
