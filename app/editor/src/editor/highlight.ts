/** Colours of code; a piece of its own, since most documents have none. */
import bash from 'highlight.js/lib/languages/bash';
import c from 'highlight.js/lib/languages/c';
import cpp from 'highlight.js/lib/languages/cpp';
import csharp from 'highlight.js/lib/languages/csharp';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import go from 'highlight.js/lib/languages/go';
import graphql from 'highlight.js/lib/languages/graphql';
import ini from 'highlight.js/lib/languages/ini';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import kotlin from 'highlight.js/lib/languages/kotlin';
import markdown from 'highlight.js/lib/languages/markdown';
import php from 'highlight.js/lib/languages/php';
import python from 'highlight.js/lib/languages/python';
import ruby from 'highlight.js/lib/languages/ruby';
import rust from 'highlight.js/lib/languages/rust';
import scss from 'highlight.js/lib/languages/scss';
import sql from 'highlight.js/lib/languages/sql';
import swift from 'highlight.js/lib/languages/swift';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';
import { createLowlight } from 'lowlight';

const lowlight = createLowlight({
  bash, c, cpp, csharp, css, diff, go, graphql, ini, java, javascript, json, kotlin, markdown, php, python, ruby, rust, scss,
  sql, swift, typescript, xml, yaml,
});

/** Longer code stays plain: colouring it would hold up every key. */
const LONGEST = 50_000;

type Tree = ReturnType<typeof lowlight.highlight>['children'][number];

export function highlight(language: string, code: string): { from: number; to: number; class: string }[] {
  if (!lowlight.registered(language) || code.length > LONGEST) return [];
  const spans: { from: number; to: number; class: string }[] = [];
  let at = 0;
  const walk = (nodes: Tree[], above: string[]) => {
    for (const node of nodes) {
      if (node.type === 'text') {
        if (above.length) spans.push({ from: at, to: at + node.value.length, class: above.join(' ') });
        at += node.value.length;
      } else if (node.type === 'element') {
        walk(node.children, [...above, ...((node.properties.className as string[] | undefined) ?? [])]);
      }
    }
  };
  walk(lowlight.highlight(language, code).children, []);
  return spans;
}
