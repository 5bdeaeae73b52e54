import * as v from 'valibot';
import type { ServerId } from '../../shared/ids.ts';
import { parseBase, proxyLimits } from '../../shared/proxy-contract.ts';
import { serverKinds, type ServerInput, type ServerKind } from '../../shared/servers-state.ts';
import { AppError } from '../../shared/errors.ts';
import type { Store } from '../store/store.ts';

/** A server as this device keeps it. The key goes nowhere but to the server itself. */
export interface ServerRecord {
  id: ServerId;
  kind: ServerKind;
  name: string;
  /** As `parseBase` spells it. */
  url: string;
  key: string;
  models: string[];
}

const serversSetting = 'servers';
const kinds = Object.keys(serverKinds) as ServerKind[];

const record = v.object({
  id: v.custom<ServerId>((value) => typeof value === 'string' && value !== ''),
  kind: v.fallback(v.picklist(kinds), 'other'),
  name: v.fallback(v.string(), ''),
  url: v.pipe(
    v.string(),
    v.check((text) => parseBase(text)?.href === text, 'Not the base of a server.'),
  ),
  key: v.fallback(v.string(), ''),
  models: v.fallback(v.array(v.string()), []),
});

/** Bytes that a header can hold: a key with others would be refused by every server. */
const isSendable = (key: string): boolean => /^[\x21-\x7e]*$/.test(key);

const input = v.object({
  kind: v.picklist(kinds),
  name: v.pipe(v.string(), v.trim(), v.maxLength(60, 'A name has at most 60 characters.')),
  url: v.string(),
  key: v.nullable(
    v.pipe(
      v.string(),
      v.trim(),
      v.maxLength(1000, 'This key is too long.'),
      v.check(isSendable, 'A key is made of plain letters, digits and signs, without spaces.'),
    ),
  ),
});

/** What a person typed, or a `bad-input` that says what is wrong with it. */
export function parseServerInput(value: ServerInput): ServerInput {
  const parsed = v.safeParse(input, value);
  if (!parsed.success) throw new AppError('bad-input', parsed.issues[0].message);
  const url = parseBase(parsed.output.url);
  if (url === null) {
    throw new AppError(
      'bad-input',
      `An address begins with http:// or https://, such as http://localhost:8000/v1, and has at most ${proxyLimits.baseLength} characters.`,
    );
  }
  return { ...parsed.output, url: url.href };
}

/** Records that cannot be read are left out; those beside them stay. */
export async function loadServers(store: Store): Promise<ServerRecord[]> {
  const stored = await store.getSetting(serversSetting);
  let values: unknown = [];
  try {
    values = JSON.parse(stored ?? '[]');
  } catch {
    // Nothing that can be read: the person adds their servers again.
  }
  return (Array.isArray(values) ? values : []).flatMap((value) => {
    const parsed = v.safeParse(record, value);
    return parsed.success ? [parsed.output] : [];
  });
}

export const saveServers = (store: Store, records: readonly ServerRecord[]): Promise<void> =>
  store.putSetting(serversSetting, JSON.stringify(records));
