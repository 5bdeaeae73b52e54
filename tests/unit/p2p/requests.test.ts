import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/shared/errors.ts';
import { bodyOf, connect, done, makePaired, read, settle, text, started } from './harness.ts';

describe('a request', () => {
  it('goes from QR code to text without typing', async () => {
    const { bench, phone } = await makePaired();
    const { model, route } = bench.options.describe();
    expect(phone.guest.state).toMatchObject({ step: 'ready', path: 'relay', status: { model, route } });
    const reading = read(phone.guest, bodyOf('Hello'));
    await settle();
    const [run] = bench.engine.runs;
    expect(run?.body).toEqual(bodyOf('Hello'));
    await run?.emit({ type: 'queued', place: 2 }, started, text('Good'), text(' day'), done);
    bench.clock.advance(40);
    await settle();
    expect(reading.isOver).toBe(true);
    expect(reading.text).toBe('Good day');
    expect(reading.events.map((event) => event.type)).toEqual(['queued', 'start', 'text', 'text', 'done']);
    // How much of it was read anew is the host's affair.
    expect(reading.events[1]).toEqual({ type: 'start', firstTurn: 0, promptTokens: 3 });
    expect(reading.last).toEqual(done);
  });

  it('passes on what the engine says of its failure, and nothing of an unexpected one', async () => {
    const { bench, phone } = await makePaired();
    const first = read(phone.guest, bodyOf('one'));
    await settle();
    await bench.engine.runs[0]?.fail(new AppError('context-full', 'Too long.'));
    expect(first.error).toMatchObject({ code: 'context-full', message: 'Too long.' });
    const second = read(phone.guest, bodyOf('two'));
    await settle();
    await bench.engine.runs[1]?.fail(new Error('/home/somebody/secret'));
    expect(second.error).toMatchObject({ code: 'engine-failed' });
    expect(String(second.error)).not.toContain('secret');
  });

  it('goes on over a new link', async () => {
    const { bench, phone, wire } = await makePaired();
    const reading = read(phone.guest, bodyOf('Hello'));
    await settle();
    await bench.engine.runs[0]?.emit(started, text('one '));
    wire.cut();
    await bench.engine.runs[0]?.emit(text('two '));
    bench.clock.advance(50);
    await settle();
    expect(phone.guest.state.step).toBe('away');
    await connect(bench.host, phone.guest);
    await bench.engine.runs[0]?.emit(text('three'), done);
    await settle();
    expect(reading.text).toBe('one two three');
    expect(bench.engine.runs).toHaveLength(1);
  });
});
