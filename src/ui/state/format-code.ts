/** Digits in two groups, as people read them out: `1234 5678`. */
export const groupDigits = (digits: string): string => {
  const half = digits.length / 2;
  return `${digits.slice(0, half)} ${digits.slice(half)}`;
};

/** Minutes and seconds until then: `1:05`. */
export function timeLeft(until: number, now: number): string {
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  return `${Math.floor(seconds / 60)}:${(seconds % 60).toString().padStart(2, '0')}`;
}
