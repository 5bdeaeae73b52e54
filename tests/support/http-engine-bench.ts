import { afterEach, beforeEach } from 'vitest';
import type { ModelChoice } from '../../src/shared/engine-state.ts';
import { newId, type ServerId } from '../../src/shared/ids.ts';
import type { ServerKind } from '../../src/shared/servers-state.ts';
import { systemClock, type Clock } from '../../src/worker/clock.ts';
import type { Engine, EngineEvent, GenerateRequest } from '../../src/worker/engines/engine.ts';
import { makeHttpEngine } from '../../src/worker/engines/http/http-engine.ts';
import { makeProxyClient } from '../../src/worker/servers/proxy-client.ts';
import type { ServerRecord } from '../../src/worker/servers/server-records.ts';
import { startOwnServer, type OwnServer } from './own-server.ts';
import { startUpstream, type Act, type ScriptedUpstream } from './scripted-upstream.ts';

export const model: ModelChoice = {
  id: 'http:tiny',
  engine: 'http',
  label: 'tiny',
  quantization: '',
  builtIn: false,
  gpuBytes: null,
  needsF16: false,
};

const sampling = { temperature: 0.7, topP: 0.95, maxTokens: 100, seed: null };
export const question: GenerateRequest = {
  model,
  turns: [{ role: 'user', text: 'Hello' }],
  prefix: '',
  sampling,
};

/** For one file of tests: servers that do what they are told, and an engine that asks them through our own. */
export function useUpstreams(clock: Clock = systemClock) {
  let own: OwnServer;
  const upstreams: ScriptedUpstream[] = [];

  beforeEach(async () => {
    own = await startOwnServer();
  });
  afterEach(async () => {
    await own.close();
    for (const upstream of upstreams.splice(0)) await upstream.close();
  });

  return {
    async start(act: Act): Promise<ScriptedUpstream> {
      const upstream = await startUpstream(act);
      upstreams.push(upstream);
      return upstream;
    },

    /** The engine with these servers, all with the model. */
    engineOf(...list: (ScriptedUpstream | [ScriptedUpstream, ServerKind])[]): Engine {
      const records = list.map((each): ServerRecord => {
        const [upstream, kind] = Array.isArray(each) ? each : [each, 'other' as const];
        return { id: newId<ServerId>(), kind, name: '', url: upstream.base, key: 'sk-key', models: ['tiny'] };
      });
      const client = makeProxyClient({ ...own, bases: () => records.map(({ url }) => url) });
      return makeHttpEngine({
        servers: { withModel: () => records, test: async () => ({ type: 'ok' }) },
        client,
        clock,
      });
    },
  };
}

export async function answerOf(
  engine: Engine,
  request = question,
  signal = new AbortController().signal,
): Promise<EngineEvent[]> {
  const all: EngineEvent[] = [];
  for await (const event of engine.generate(request, signal)) all.push(event);
  return all;
}

export const textOf = (events: EngineEvent[]): string =>
  events.map((event) => (event.type === 'text' ? event.text : '')).join('');
