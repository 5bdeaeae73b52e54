/* What a signalling server under the attacker's control may send. Seeded: the same in every run. */

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

let deep: Json = 1;
for (let level = 0; level < 200; level += 1) deep = [deep];

const strange: Json[] = [
  null,
  true,
  -1,
  1e308,
  '',
  'constructor',
  '__proto__',
  'a'.repeat(26),
  'x'.repeat(40_000),
  [],
  {},
  { toString: null },
  { length: 1e9 },
  deep,
];

const types = ['OFFER', 'ANSWER', 'CANDIDATE', 'LEAVE', 'EXPIRE', 'OPEN', 'HEARTBEAT', 'GOAWAY', 'toString'];

/** These end a registration, whoever sends them: tested one by one. */
export const endsRegistration = new Set<unknown>(['ERROR', 'ID-TAKEN', 'INVALID-KEY']);

/** Every place in a message where a value stands. */
function places(value: Json, found: { holder: Record<string, Json>; key: string }[] = []) {
  if (typeof value !== 'object' || value === null) return found;
  for (const [key, inner] of Object.entries(value)) {
    found.push({ holder: value as Record<string, Json>, key });
    places(inner, found);
  }
  return found;
}

/** A message like one that was seen, or nothing like any, as the text that a socket delivers. */
export function hostileText(seeds: readonly string[], below: (limit: number) => number): string {
  const seed = seeds[below(seeds.length)] ?? '{}';
  const at = below(seed.length + 1);
  switch (below(8)) {
    case 0:
      return seed.slice(0, at);
    case 1:
      return seed.slice(0, at) + String.fromCharCode(below(0xffff)) + seed.slice(at + 1);
    case 2:
      return JSON.stringify(strange[below(strange.length)]);
    case 3:
      return String.fromCharCode(...Array.from({ length: below(200) }, () => below(256)));
    default: {
      const message = JSON.parse(seed) as { [key: string]: Json };
      for (let change = 1 + below(3); change > 0; change -= 1) {
        const all = places(message);
        const { holder, key } = all[below(all.length)] ?? { holder: message, key: 'type' };
        const way = below(4);
        if (way === 0) Reflect.deleteProperty(holder, key);
        else if (way === 1) message['type'] = types[below(types.length)] ?? 'OFFER';
        else holder[key] = structuredClone(strange[below(strange.length)] ?? null);
      }
      return JSON.stringify(message);
    }
  }
}
