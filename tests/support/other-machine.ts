import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser } from '@playwright/test';
import { launchOptions } from './chromium.ts';

/** Another machine of the network, as far as Linux can play it: a network namespace with a browser in it. */
export interface OtherMachine {
  browser: Browser;
  /** This machine's address, as the other one sees it. */
  hostAddress: string;
  stop(): Promise<void>;
}

const name = 'hearth-test';
const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: 'pipe' });
const inside = (...args: string[]): void => ip('netns', 'exec', name, ...args);

/** Why no other machine can be played here; null when it can. */
export function whyNoOtherMachine(): string | null {
  try {
    ip('netns', 'add', name);
    ip('netns', 'del', name);
    return null;
  } catch (error) {
    return `This system allows no network namespace: ${String(error).split('\n')[0]}`;
  }
}

async function launchInside(folder: string): Promise<Browser> {
  const { executablePath = '', args = [] } = launchOptions();
  const wrapper = join(folder, 'chromium');
  writeFileSync(wrapper, `#!/bin/sh\nexec ip netns exec ${name} "${executablePath}" "$@"\n`);
  chmodSync(wrapper, 0o755);
  return chromium.launch({ executablePath: wrapper, args });
}

/** On a cable to this machine. Without multicast, so that the names that browsers hide addresses behind lead nowhere. */
export async function plugIn(): Promise<OtherMachine> {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-'));
  ip('netns', 'add', name);
  ip('link', 'add', 'hearth0', 'type', 'veth', 'peer', 'name', 'hearth1');
  ip('link', 'set', 'hearth1', 'netns', name);
  ip('addr', 'add', '10.77.0.1/24', 'dev', 'hearth0');
  ip('link', 'set', 'hearth0', 'multicast', 'off', 'up');
  inside('ip', 'addr', 'add', '10.77.0.2/24', 'dev', 'hearth1');
  inside('ip', 'link', 'set', 'hearth1', 'multicast', 'off', 'up');
  inside('ip', 'link', 'set', 'lo', 'up');
  const browser = await launchInside(folder);
  return {
    browser,
    hostAddress: '10.77.0.1',
    async stop() {
      await browser.close();
      ip('link', 'del', 'hearth0');
      ip('netns', 'del', name);
      rmSync(folder, { recursive: true });
    },
  };
}

/** Runs in the other machine: what comes to the address goes through a file that both see. */
const forwarder = `
const { createServer, connect } = require('node:net');
const [path, address, port] = process.argv.slice(1);
createServer((from) => {
  const to = connect(path);
  from.pipe(to).pipe(from);
  for (const end of [from, to]) end.on('error', () => { from.destroy(); to.destroy(); });
}).listen(Number(port), address, () => console.log('ready'));
`;

function forward(path: string, port: number): Promise<Server> {
  const server = createServer((from) => {
    const to = connect(port, '127.0.0.1');
    from.pipe(to).pipe(from);
    for (const end of [from, to]) {
      end.on('error', () => {
        from.destroy();
        to.destroy();
      });
    }
  });
  return new Promise((resolve) => {
    server.listen(path, () => resolve(server));
  });
}

/** No packet gets to this machine or back: only connections to one port of it, as behind a strict firewall. */
export async function plugInThroughPort(hostAddress: string, port: number): Promise<OtherMachine> {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-'));
  const path = join(folder, 'socket');
  const server = await forward(path, port);
  ip('netns', 'add', name);
  inside('ip', 'link', 'set', 'lo', 'up');
  inside('ip', 'addr', 'add', `${hostAddress}/32`, 'dev', 'lo');
  const args = ['netns', 'exec', name, process.execPath, '-e', forwarder, path, hostAddress, String(port)];
  const child: ChildProcess = spawn('ip', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => {
    child.stdout?.once('data', resolve);
  });
  const browser = await launchInside(folder);
  return {
    browser,
    hostAddress,
    async stop() {
      await browser.close();
      child.kill();
      server.close();
      ip('netns', 'del', name);
      rmSync(folder, { recursive: true });
    },
  };
}
