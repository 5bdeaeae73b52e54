import type { ModelChoice } from '../../shared/engine-state.ts';
import { AppError } from '../../shared/errors.ts';
import type { Fit } from '../../shared/models-state.ts';
import type { WeightsList } from './model-files.ts';

/** What is known of this device before anything is downloaded. */
export interface DeviceFigures {
  /** Null: no WebGPU here, or no adapter. */
  limits: {
    maxBufferSize: number;
    maxStorageBufferBindingSize: number;
    maxComputeWorkgroupStorageSize: number;
    maxStorageBuffersPerShaderStage: number;
  } | null;
  hasF16: boolean;
  /** The browser computes on the processor instead: there is no graphics card, or none that it trusts. */
  isSoftware: boolean;
  /** Bytes of memory as the browser rounds them, 8 GiB at most in older ones; null where it does not say. */
  memoryBytes: number | null;
  isPhone: boolean;
  /** Bytes that this origin may still store; null where the browser does not say. */
  freeBytes: number | null;
}

/** What web-llm 0.2.86 asks of a device for any model. */
const least = { maxComputeWorkgroupStorageSize: 32768, maxStorageBuffersPerShaderStage: 10 } as const;
/** How much of a phone's memory a page may fill before the system ends it; the GPU has no memory of its own there. */
const phoneShare = 0.4;
/** Many laptops have 4 GiB for their GPU; a browser does not tell who has more. */
const certainBytes = 3.5 * 2 ** 30;
/** Without a graphics card half a gigabyte of weights is read some times a second at best. */
const slowBytes = 2 ** 29;
/** More than all but workstations have. */
const hopelessBytes = 24 * 2 ** 30;

const sizes = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const gb = (bytes: number): string =>
  bytes < 1e9 ? `${sizes.format(bytes / 1e6)} MB` : `${sizes.format(bytes / 1e9)} GB`;

type Buffers = Pick<GPUSupportedLimits, 'maxBufferSize' | 'maxStorageBufferBindingSize'>;

/** What web-llm 0.2.86 asks for: a gigabyte, or, of an adapter with less, only what every one has. */
const largestBuffer = ({ maxBufferSize, maxStorageBufferBindingSize }: Buffers): number =>
  Math.min(
    maxBufferSize >= 2 ** 30 ? 2 ** 30 : 2 ** 28,
    maxStorageBufferBindingSize >= 2 ** 30 ? 2 ** 30 : 2 ** 27,
  );

const tooLarge = (bytes: number, limits: Buffers): string =>
  `needs a buffer of ${gb(bytes)}, and on this GPU a model gets ${gb(largestBuffer(limits))} at most`;

/**
 * Refuses weights of which a tensor is too large, by an adapter's limits or a device's: web-llm would load them, and no error would
 * tell.
 */
export function requireBuffers(label: string, { records }: WeightsList, limits: Buffers): void {
  const tensors = records.flatMap((shard) => shard.records);
  const bytes = tensors.map(({ dtype, format, nbytes }) =>
    dtype === 'float32' && format === 'f32-to-bf16' ? 2 * nbytes : nbytes,
  );
  const largest = bytes.reduce((most, each) => Math.max(most, each), 0);
  if (largest <= largestBuffer(limits)) return;
  throw new AppError(
    'model-failed',
    `${label} ${tooLarge(largest, limits)}: it would write nonsense. Choose another model.`,
  );
}

type Judged = Omit<Fit, 'instead'>;
const no = (reason: string): Judged => ({ verdict: 'no', reason });
const tight = (reason: string): Judged => ({ verdict: 'tight', reason });

function judgeLimits({ needsF16, about }: ModelChoice, { limits, hasF16 }: DeviceFigures): Judged | null {
  if (!limits) return no('This browser has no GPU that it may use.');
  for (const name of Object.keys(least) as (keyof typeof least)[]) {
    if (limits[name] < least[name]) {
      return no(
        `This GPU is too small for models: ${name} is ${limits[name]}, and ${least[name]} is needed.`,
      );
    }
  }
  if (needsF16 && !hasF16) return no('It needs 16-bit arithmetic, which this GPU does not offer.');
  const wanted = about?.largestBufferBytes ?? 0;
  if (wanted > largestBuffer(limits)) return no(`It ${tooLarge(wanted, limits)}.`);
  return null;
}

function judgeMemory({ gpuBytes, about }: ModelChoice, device: DeviceFigures): Judged | null {
  const needed = gpuBytes ?? about?.downloadBytes ?? null;
  if (needed === null) return tight('Nobody says how much memory it needs.');
  const { memoryBytes, isPhone } = device;
  if (isPhone) {
    const budget = (memoryBytes ?? 4 * 2 ** 30) * phoneShare;
    if (needed > budget)
      return no(`It needs ${gb(needed)} of memory, and a page on this device may use about ${gb(budget)}.`);
    return needed > budget * 0.6 ? tight(`It needs ${gb(needed)} of memory: close other apps first.`) : null;
  }
  if (needed > hopelessBytes)
    return no(`It needs ${gb(needed)} of GPU memory, more than nearly all graphics cards have.`);
  if (memoryBytes !== null && memoryBytes < 8 * 2 ** 30 && needed > memoryBytes / 2) {
    return no(
      `It needs ${gb(needed)} of GPU memory, and this device has ${gb(memoryBytes)} of memory in all.`,
    );
  }
  if (device.isSoftware && needed > slowBytes)
    return tight('This browser computes without a graphics card: a model of this size will be very slow.');
  return needed > certainBytes
    ? tight(
        `It needs ${gb(needed)} of GPU memory. Browsers do not say how much there is: many graphics cards have less.`,
      )
    : null;
}

function judgeStorage(
  { about }: ModelChoice,
  { freeBytes }: DeviceFigures,
  isStored: boolean,
): Judged | null {
  const wanted = about?.downloadBytes ?? null;
  if (isStored || wanted === null || freeBytes === null || wanted <= freeBytes * 0.8) return null;
  return wanted > freeBytes
    ? no(`Its files take ${gb(wanted)}, and the browser may store ${gb(freeBytes)} here.`)
    : tight(
        `Its files take ${gb(wanted)}, nearly all of the ${gb(freeBytes)} that the browser may store here.`,
      );
}

function judge(model: ModelChoice, device: DeviceFigures, isStored: boolean): Judged {
  const found = [
    judgeLimits(model, device),
    judgeMemory(model, device),
    judgeStorage(model, device, isStored),
  ];
  const worst = found.find((each) => each?.verdict === 'no') ?? found.find((each) => each !== null);
  return worst ?? { verdict: 'fits', reason: '' };
}

const rank: Record<Fit['verdict'], number> = { fits: 2, tight: 1, no: 0 };

/** web-llm lists a model that holds less of a conversation by the same name, with its context behind. */
const nameOf = ({ label }: ModelChoice): string => label.replace(/ \(\S+ context\)$/, '');

/**
 * The model that fits better and is most like this one: the same in another quantisation, then with a shorter context, then the
 * largest of its family, then of all.
 */
function insteadOf(
  model: ModelChoice,
  verdict: Fit['verdict'],
  others: { model: ModelChoice; verdict: Fit['verdict'] }[],
) {
  const likeness = (other: ModelChoice): number =>
    other.label === model.label
      ? 3
      : nameOf(other) === nameOf(model)
        ? 2
        : other.about?.family === model.about?.family
          ? 1
          : 0;
  const better = others.filter(
    (other) =>
      rank[other.verdict] > rank[verdict] &&
      // Trained to go on with a text, not to chat: nobody is sent there.
      !/\bBase\b/.test(other.model.label) &&
      (other.model.about?.source !== 'weights-missing' || model.about?.source === 'weights-missing'),
  );
  const [best] = better.sort(
    (a, b) =>
      likeness(b.model) - likeness(a.model) ||
      rank[b.verdict] - rank[a.verdict] ||
      (b.model.gpuBytes ?? 0) - (a.model.gpuBytes ?? 0),
  );
  return best ? { id: best.model.id, label: `${best.model.label} (${best.model.quantization})` } : null;
}

/** How each model fits a device, and what to take instead of one that does not. */
export function fitAll(
  models: ModelChoice[],
  device: DeviceFigures,
  stored: ReadonlySet<string>,
): Map<string, Fit> {
  const judged = models.map((model) => ({ model, ...judge(model, device, stored.has(model.id)) }));
  return new Map(
    judged.map(({ model, verdict, reason }) => [
      model.id,
      { verdict, reason, instead: verdict === 'fits' ? null : insteadOf(model, verdict, judged) },
    ]),
  );
}
