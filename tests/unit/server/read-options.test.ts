import { expect, test } from 'vitest';
import { defaultDoor } from '../../../src/server/door/settings.ts';
import { hasDisplay } from '../../../src/server/open-browser.ts';
import { readOptions } from '../../../src/server/read-options.ts';

const defaults = {
  type: 'serve',
  port: 18888,
  host: '0.0.0.0',
  opensBrowser: true,
  isHeadless: false,
  appDir: null,
  modelsDir: 'models',
  securePort: null,
  door: defaultDoor,
};

test('without arguments: the usual port, the whole network, and a browser', () => {
  expect(readOptions([], {})).toEqual(defaults);
});

test('the environment sets port and host, and the command line wins', () => {
  const env = { PORT: '8080', HEARTH_HOST: '0.0.0.0' };
  expect(readOptions([], env)).toEqual({ ...defaults, port: 8080, host: '0.0.0.0' });
  expect(readOptions(['--port', '9090', '--host=::1'], env)).toEqual({
    ...defaults,
    port: 9090,
    host: '::1',
  });
});

test('HTTPS is asked for, at its own port', () => {
  expect(readOptions(['--https'], {})).toEqual({ ...defaults, securePort: 18843 });
  expect(readOptions(['--https', '--https-port', '0'], {})).toEqual({ ...defaults, securePort: 0 });
});

test('an empty host is the usual one', () => {
  expect(readOptions(['--host', ''], { HEARTH_HOST: '', HOST: 'x86_64-conda-linux-gnu', PORT: '' })).toEqual(
    defaults,
  );
});

test('no browser on request, and none in CI', () => {
  expect(readOptions(['--no-open'], {})).toEqual({ ...defaults, opensBrowser: false });
  expect(readOptions([], { CI: 'true' })).toEqual({ ...defaults, opensBrowser: false });
});

test.each(['-1', '65536', '1e3', '80a', '0x50', '8.5'])('"%s" is no port', (text) => {
  expect(() => readOptions([`--port=${text}`], {})).toThrow(`"${text}" is not a port`);
  expect(() => readOptions([], { PORT: text })).toThrow(`"${text}" is not a port`);
});

test.each([[['--prot', '1']], [['--port']], [['chat']]])('%j is refused in one sentence', (argv) => {
  expect(() => readOptions(argv, {})).toThrow(/^[^.]+\. See --help\.$/);
});

test('a screen is needed to open a browser', () => {
  expect(hasDisplay('linux', {})).toBe(false);
  expect(hasDisplay('linux', { DISPLAY: '' })).toBe(false);
  expect(hasDisplay('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBe(true);
  expect(hasDisplay('darwin', {})).toBe(true);
});
