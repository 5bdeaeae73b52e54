const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

/** The value below which the given share (0 to 1) of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const order = sorted(values);
  return order[Math.min(order.length - 1, Math.floor(share * order.length))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export interface Figure {
  what: string;
  value: string;
  goal?: string;
}

/** Prints the figures as a Markdown table, ready for the README. */
export function printFigures(figures: readonly Figure[]): void {
  const lines = figures.map(({ what, value, goal = '' }) => `| ${what} | ${value} | ${goal} |`);
  console.log(['', '| what | measured | goal |', '| --- | --- | --- |', ...lines, ''].join('\n'));
}
