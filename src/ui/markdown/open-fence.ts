const OPENING = /^( {0,3})(`{3,}(?=[^`\n]*\n)|~{3,})([^\n]*)\n/;
const OPENING_UNFINISHED = /^ {0,3}(?:`{3,}[^`\n]*|~{3,}[^\n]*)$/;

/** A top-level code fence whose closing line has not arrived: every line is read once, whatever its length. */
export interface OpenFence {
  readonly info: string;
  /** The code so far. */
  text(): string;
  /** True when the closing line is in. */
  append(delta: string): boolean;
}

/** Whether `tail` is the first line of a fence and that line can still grow. */
export function isOpeningFence(tail: string): boolean {
  return OPENING_UNFINISHED.test(tail);
}

/** Null where `tail` does not begin with a fence, or begins with one that is closed already. */
export function openFence(tail: string): OpenFence | null {
  const [opening, indent, marks, info] = OPENING.exec(tail) ?? [];
  const mark = marks?.[0];
  if (opening === undefined || indent === undefined || marks === undefined || mark === undefined) return null;
  const closing = new RegExp(`^ {0,3}${mark}{${marks.length},} *$`);
  const closingUnfinished = new RegExp(`^ {0,3}${mark}* *$`);
  const indentation = new RegExp(`^ {0,${indent.length}}`);
  let code: string | null = null;
  let line = '';

  const fence: OpenFence = {
    info: info?.trim() ?? '',
    text() {
      // A line that may turn out to be the closing one is not code yet.
      if (line === '' || closingUnfinished.test(line)) return code ?? '';
      const shown = line.replace(indentation, '');
      return code === null ? shown : `${code}\n${shown}`;
    },
    append(delta) {
      const lines = (line + delta).split('\n');
      line = lines.pop() ?? '';
      for (const whole of lines) {
        if (closing.test(whole)) return true;
        const shown = whole.replace(indentation, '');
        code = code === null ? shown : `${code}\n${shown}`;
      }
      return false;
    },
  };
  return fence.append(tail.slice(opening.length)) ? null : fence;
}
