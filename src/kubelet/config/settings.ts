import { parseDuration } from '#machinery/go-values.ts';
import { parseThresholds, type Threshold } from '../eviction/thresholds.ts';
import type { ImagePolicy } from '../garbage/images.ts';

type BySignal = Readonly<Record<string, string>>;

/** What can be chosen of a KubeletConfiguration (kubelet.config.k8s.io/v1beta1). Durations as Go writes them. */
export interface KubeletSettings {
  readonly imageMinimumGCAge?: string;
  readonly imageMaximumGCAge?: string;
  readonly imageGCHighThresholdPercent?: number;
  readonly imageGCLowThresholdPercent?: number;
  readonly evictionHard?: BySignal;
  readonly evictionSoft?: BySignal;
  readonly evictionSoftGracePeriod?: BySignal;
  readonly evictionPressureTransitionPeriod?: string;
  /** Seconds. */
  readonly evictionMaxPodGracePeriod?: number;
  readonly evictionMinimumReclaim?: BySignal;
  readonly mergeDefaultEvictionSettings?: boolean;
}

export type CompleteSettings = Required<KubeletSettings>;

/**
 * Upstream's, but for the disks: it keeps 10 % of the node's and 15 % of the images' free, of disks that are the
 * node's alone. Ours stand on disks that people use for everything else, where that may be hundreds of gigabytes, so
 * 5 % is kept free, as k3s does.
 */
const hardDefaults: BySignal = {
  'memory.available': '100Mi',
  'nodefs.available': '5%',
  'nodefs.inodesFree': '5%',
  'imagefs.available': '5%',
  'imagefs.inodesFree': '5%',
};

const defaults: CompleteSettings = {
  imageMinimumGCAge: '2m0s',
  imageMaximumGCAge: '0s',
  imageGCHighThresholdPercent: 85,
  imageGCLowThresholdPercent: 80,
  evictionHard: hardDefaults,
  evictionSoft: {},
  evictionSoftGracePeriod: {},
  evictionPressureTransitionPeriod: '5m0s',
  evictionMaxPodGracePeriod: 0,
  evictionMinimumReclaim: {},
  mergeDefaultEvictionSettings: false,
};

/** No disk counts as full and no image as old: for clusters that share one disk with what they are not to look after. */
export const regardlessOfDisks: KubeletSettings = {
  imageGCHighThresholdPercent: 100,
  evictionHard: { 'memory.available': '100Mi' },
};

/** With upstream's defaulting: a map that is there stands alone, and a duration of nothing is one that is not there. */
export function completeSettings(settings: KubeletSettings = {}): CompleteSettings {
  const given = Object.entries(settings).filter(
    ([name, value]) =>
      (value ?? undefined) !== undefined && !(value === '0s' && name !== 'imageMaximumGCAge'),
  );
  const complete = { ...defaults, ...Object.fromEntries(given) } as CompleteSettings;
  if (!complete.mergeDefaultEvictionSettings) return complete;
  return { ...complete, evictionHard: { ...hardDefaults, ...complete.evictionHard } };
}

/** What the node does about its disks, memory and processes. */
export interface NodePolicy {
  readonly thresholds: readonly Threshold[];
  readonly transitionMs: number;
  readonly podGraceSecondsMax: number;
  readonly images: ImagePolicy;
}

/** Throws an Error, in upstream's words, where a setting is no good. */
export function nodePolicy(settings: CompleteSettings): NodePolicy {
  const high = settings.imageGCHighThresholdPercent;
  const low = settings.imageGCLowThresholdPercent;
  const minAgeMs = milliseconds(settings.imageMinimumGCAge);
  const maxAgeMs = milliseconds(settings.imageMaximumGCAge);
  if (low >= high) {
    throw invalid(
      `imageGCLowThresholdPercent (--image-gc-low-threshold) ${low} must be less than imageGCHighThresholdPercent (--image-gc-high-threshold) ${high}`,
    );
  }
  if (minAgeMs < 0) throw invalid(`imageMinimumGCAge ${settings.imageMinimumGCAge} must not be negative`);
  if (maxAgeMs < 0) throw invalid(`imageMaximumGCAge ${settings.imageMaximumGCAge} must not be negative`);
  if (maxAgeMs > 0 && maxAgeMs <= minAgeMs) {
    throw invalid(
      `imageMaximumGCAge ${settings.imageMaximumGCAge} must be greater than imageMinimumGCAge ${settings.imageMinimumGCAge}`,
    );
  }
  return {
    thresholds: parseThresholds(settings),
    transitionMs: milliseconds(settings.evictionPressureTransitionPeriod),
    podGraceSecondsMax: settings.evictionMaxPodGracePeriod,
    images: { highPercent: high, lowPercent: low, minAgeMs, maxAgeMs },
  };
}

function invalid(message: string): Error {
  return new Error(`invalid configuration: ${message}`);
}

function milliseconds(duration: string): number {
  return Number(parseDuration(duration)) / 1e6;
}
