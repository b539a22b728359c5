/** What is wrong with a diagram's source, in words with a line. */
import type { DiagramProblem } from '../host';

/** More than this is refused (chapter 20, section 8). */
export const LARGEST_SOURCE = 100 * 1024;

export function tooLarge(source: string): DiagramProblem | null {
  const size = new TextEncoder().encode(source).length;
  return size > LARGEST_SOURCE
    ? { line: null, message: `This diagram has ${Math.ceil(size / 1024)} KB; no more than 100 KB are drawn or stored.` }
    : null;
}

/** Mermaid counts lines without front matter and comments: back to the line that was typed. */
export function typedLine(source: string, counted: number): number {
  const lines = source.split('\n');
  let skip = 0;
  if (lines[0]?.trim() === '---') {
    const end = lines.findIndex((line, at) => at > 0 && line.trim() === '---');
    if (end > 0) skip = end + 1;
  }
  let seen = 0;
  let blank = true;
  for (let at = skip; at < lines.length; at++) {
    const comment = /^\s*%%(?!\{)/.test(lines[at]);
    // Empty lines at the beginning are cut off as well.
    blank &&= lines[at].trim() === '' || comment;
    if (comment || blank) continue;
    seen += 1;
    if (seen === counted) return at + 1;
  }
  return lines.length;
}

interface ParserError {
  message?: string;
  str?: string;
  hash?: { loc?: { first_line?: number }; token?: string | null };
  result?: { lexerErrors?: { line?: number }[]; parserErrors?: { token?: { startLine?: number }; message?: string }[] };
}

export function problemOf(source: string, error: unknown): DiagramProblem {
  const thrown = (error ?? {}) as ParserError;
  const words = thrown.message ?? thrown.str ?? String(error);
  const parsed = thrown.result?.parserErrors?.[0];
  const told = /(?:parse error on line|lexical error on line|\bline:?)\s*(\d+)/i.exec(words);
  const counted = told ? Number(told[1]) : thrown.hash?.loc?.first_line ?? (parsed?.token?.startLine || thrown.result?.lexerErrors?.[0]?.line) ?? null;
  const line = counted && Number.isFinite(counted) ? typedLine(source, counted) : null;
  return { line, message: plain(source, line, words, thrown.hash?.token) };
}

/** The parsers' own words name tokens and count columns; a reader wants what was typed. */
function plain(source: string, line: number | null, words: string, token: string | null | undefined): string {
  if (/No diagram type detected/i.test(words)) return 'The first line names no kind of diagram: begin with "flowchart LR", "sequenceDiagram" or the like.';
  if (!/pars(e|ing)|lex(er|ical)|expect/i.test(words)) return words.split('\n')[0].slice(0, 200);
  if (token === 'EOF' || token === '$end') return 'The source ends here before the diagram does.';
  const typed = line ? source.split('\n')[line - 1].trim() : '';
  return typed ? `"${typed.length > 60 ? `${typed.slice(0, 57)}…` : typed}" is not understood.` : 'The source is not understood.';
}
