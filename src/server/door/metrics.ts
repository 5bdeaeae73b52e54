import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  answered(route: string, status: number, seconds: number): void;
  failed(code: string): void;
  tokens(prompt: number, completion: number): void;
  firstToken(seconds: number): void;
  /** In Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** What the door did since the server started. Nothing of it tells who asked or what. */
export function makeMetrics(counts: () => { engines: number; requests: number; queued: number }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'hearth_requests_total',
    help: 'Requests that were answered, by route and status.',
    labelNames: ['route', 'status'],
    registers,
  });
  const duration = new Histogram({
    name: 'hearth_request_seconds',
    help: 'From a request to the end of its answer.',
    labelNames: ['route'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300],
    registers,
  });
  const errors = new Counter({
    name: 'hearth_errors_total',
    help: 'Answers that failed, by code.',
    labelNames: ['code'],
    registers,
  });
  const tokens = new Counter({
    name: 'hearth_tokens_total',
    help: 'Tokens read (prompt) and written (completion).',
    labelNames: ['kind'],
    registers,
  });
  const first = new Histogram({
    name: 'hearth_first_token_seconds',
    help: 'From a request to its first token.',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('hearth_engines', 'Engines that are connected.', () => counts().engines);
  gauge('hearth_requests_open', 'Answers that are written or wait.', () => counts().requests);
  gauge('hearth_queue', 'Answers that wait for their turn.', () => counts().queued);

  return {
    answered(route, status, seconds) {
      requests.inc({ route, status });
      duration.observe({ route }, seconds);
    },
    failed: (code) => errors.inc({ code }),
    tokens(prompt, completion) {
      tokens.inc({ kind: 'prompt' }, prompt);
      tokens.inc({ kind: 'completion' }, completion);
    },
    firstToken: (seconds) => first.observe(seconds),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
