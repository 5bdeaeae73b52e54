import { expect, test } from 'vitest';
import { defaultDoor, type DoorSettings } from '../../../../src/server/door/settings.ts';
import { readOptions, usage } from '../../../../src/server/read-options.ts';

function doorOf(argv: string[], env: Record<string, string> = {}): DoorSettings {
  const request = readOptions(argv, env);
  if (request.type !== 'serve') throw new Error(`It is a request to ${request.type}.`);
  return request.door;
}

/** All flags as OpenChat's server has them. */
const flags = [
  ['--api-keys', 'sk-one-long', 'sk-two-long'],
  ['--allowed-origins', '["https://a.example/", "https://b.example"]'],
  ['--allowed-methods', 'GET,POST,OPTIONS'],
  ['--allowed-headers', '["authorization"]'],
  ['--allow-credentials'],
  ['--log-file', 'hearth.log'],
  ['--disable-log-requests'],
  ['--disable-log-stats'],
  ['--model', 'pocket'],
].flat();
const set: DoorSettings = {
  apiKeys: ['sk-one-long', 'sk-two-long'],
  allowedOrigins: ['https://a.example', 'https://b.example'],
  allowedMethods: ['GET', 'POST', 'OPTIONS'],
  allowedHeaders: ['authorization'],
  allowsCredentials: true,
  logFile: 'hearth.log',
  logsRequests: false,
  logsStats: false,
  model: 'pocket',
};

test('OpenChat’s flags, in lists as JSON or with commas', () => {
  expect(doorOf(flags)).toEqual(set);
  expect(doorOf([])).toEqual(defaultDoor);
});

test('each can be set by the environment; the command line wins', () => {
  const env = {
    HEARTH_API_KEYS: 'sk-one-long sk-two-long',
    HEARTH_ALLOWED_ORIGINS: 'https://a.example, https://b.example',
    HEARTH_ALLOWED_METHODS: '["GET","POST","OPTIONS"]',
    HEARTH_ALLOWED_HEADERS: 'authorization',
    HEARTH_ALLOW_CREDENTIALS: '1',
    HEARTH_LOG_FILE: 'hearth.log',
    HEARTH_DISABLE_LOG_REQUESTS: 'true',
    HEARTH_DISABLE_LOG_STATS: '1',
    HEARTH_MODEL: 'pocket',
  };
  expect(doorOf([], env)).toEqual(set);
  expect(doorOf(['--model', 'other', '--api-keys', 'sk-three-long'], env)).toMatchObject({
    model: 'other',
    apiKeys: ['sk-three-long'],
  });
});

test('without a window no browser is opened', () => {
  for (const request of [readOptions(['--headless'], {}), readOptions([], { HEARTH_HEADLESS: '1' })])
    expect(request).toMatchObject({ isHeadless: true, opensBrowser: false });
});

test.each([
  [['--api-keys', 'short'], /at least 8 characters/],
  [['--api-keys', 'with a space in it'], /none of them a space/],
  [['--allowed-origins', '[1]'], /neither a list of JSON texts/],
  [['--allow-credentials', '--allowed-origins', '*'], /name each of --allowed-origins/],
])('%j is refused in a sentence', (argv, reason) => {
  expect(() => readOptions(argv, {})).toThrow(reason);
});

test('help names every flag', () => {
  for (const flag of flags.filter((word) => word.startsWith('--'))) expect(usage).toContain(flag);
});
