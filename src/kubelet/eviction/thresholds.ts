import { canonicalQuantity, quantityValue } from '#machinery/quantity.ts';
import { parseDuration } from '#machinery/go-values.ts';
import { isSignal, type Observation, type Observations, type Signal, signals } from './signals.ts';

/** A part of the whole, or an amount: bytes, inodes or processes. */
export type Amount = { readonly share: number } | { readonly quantity: string };

/** Less than this is too little. */
export interface Threshold {
  readonly signal: Signal;
  readonly value: Amount;
  /** 0: a hard one, which is acted on at once. */
  readonly graceMs: number;
  /** How much more there must be before it is no longer too little. */
  readonly minReclaim?: Amount;
}

/** By signal, as a KubeletConfiguration has them. */
type BySignal = Readonly<Record<string, string>>;

export interface ThresholdSettings {
  readonly evictionHard: BySignal;
  readonly evictionSoft: BySignal;
  readonly evictionSoftGracePeriod: BySignal;
  readonly evictionMinimumReclaim: BySignal;
}

/** In upstream's words, with which it refuses to start. */
const unsupported = (signal: string) => new Error(`unsupported eviction signal ${signal}`);

/** Reads thresholds, hard ones first. Throws an Error where a statement is no good. */
export function parseThresholds(settings: ThresholdSettings): readonly Threshold[] {
  const hard = parseStatements(settings.evictionHard);
  const soft = parseStatements(settings.evictionSoft);
  const grace = new Map(Object.entries(settings.evictionSoftGracePeriod).map(parseGrace));
  const reclaim = new Map(Object.entries(settings.evictionMinimumReclaim).map(parseReclaim));
  const graceOf = (signal: Signal): number => {
    const ms = grace.get(signal);
    if (ms !== undefined) return ms;
    throw new Error(`grace period must be specified for the soft eviction threshold ${signal}`);
  };
  return [
    ...hard.map(one => ({ ...one, graceMs: 0 })),
    ...soft.map(one => ({ ...one, graceMs: graceOf(one.signal) })),
  ].map(one => {
    const minReclaim = reclaim.get(one.signal);
    return minReclaim ? { ...one, minReclaim } : one;
  });
}

type Statement = Pick<Threshold, 'signal' | 'value'>;

function parseStatements(statements: BySignal): Statement[] {
  return Object.entries(statements).flatMap(([signal, text]): Statement[] => {
    if (!isSignal(signal)) throw unsupported(signal);
    // These say that there is no threshold.
    if (text === '0%' || text === '100%') return [];
    if (!text.endsWith('%')) {
      const positive = quantityValue(text) > 0;
      if (positive) return [{ signal, value: { quantity: canonicalQuantity(text) } }];
      throw new Error(`eviction threshold ${signal} must be positive: ${canonicalQuantity(text)}`);
    }
    const share = parseShare(text);
    const bound = share < 0 ? '>= 0%' : share > 1 ? '<= 100%' : undefined;
    if (bound) throw new Error(`eviction percentage threshold ${signal} must be ${bound}: ${text}`);
    return [{ signal, value: { share } }];
  });
}

/** In the precision of Go's float32, as upstream reckons. */
function parseShare(text: string): number {
  const digits = text.replace(/%+$/, '');
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(digits)) {
    throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(digits)}: invalid syntax`);
  }
  return Math.fround(Math.fround(Number(digits)) / 100);
}

function parseGrace([signal, text]: [string, string]): [Signal, number] {
  if (!isSignal(signal)) throw unsupported(signal);
  const ms = Number(parseDuration(text)) / 1e6;
  if (ms >= 0) return [signal, ms];
  throw new Error(`invalid eviction grace period specified: ${text}, must be a positive value`);
}

function parseReclaim([signal, text]: [string, string]): [Signal, Amount] {
  if (!isSignal(signal)) throw unsupported(signal);
  if (text.endsWith('%')) {
    const share = parseShare(text);
    if (share > 0) return [signal, { share }];
    throw new Error(`eviction percentage minimum reclaim ${signal} must be positive: ${text}`);
  }
  if (quantityValue(text) >= 0) return [signal, { quantity: canonicalQuantity(text) }];
  throw new Error(`negative eviction minimum reclaim specified for ${signal}`);
}

export function isHard({ graceMs }: Threshold): boolean {
  return graceMs === 0;
}

/** Bytes, inodes or processes. */
export function amountOf(amount: Amount, capacity: number): number {
  return 'share' in amount ? Math.trunc(capacity * amount.share) : quantityValue(amount.quantity);
}

/** Thresholds that are not kept to. `withReclaim`: there must be as much again as is to be reclaimed at least. */
export function thresholdsMet(
  thresholds: readonly Threshold[],
  observations: Observations,
  withReclaim: boolean,
): Threshold[] {
  return thresholds.filter(({ signal, value, minReclaim }) => {
    const observed = observations.get(signal);
    if (!observed) return false;
    const { available, capacity } = observed;
    const more = withReclaim && minReclaim ? amountOf(minReclaim, capacity) : 0;
    return amountOf(value, capacity) + more > available;
  });
}

/** Bytes in the binary form of a quantity, as upstream prints usage: 12Mi, or all digits. */
export function binaryQuantity(bytes: number): string {
  return bytes >= 1_024 && bytes % 1_024 === 0 ? canonicalQuantity(`${bytes / 1_024}Ki`) : String(bytes);
}

/** The threshold's amount, as a quantity. */
export function thresholdQuantity({ value }: Threshold, { capacity }: Observation): string {
  return 'quantity' in value ? value.quantity : binaryQuantity(amountOf(value, capacity));
}

/** What is left, as a quantity. */
export function availableQuantity({ signal }: Threshold, { available }: Observation): string {
  const { resource } = signals[signal];
  const isBytes = resource === 'memory' || resource === 'ephemeral-storage';
  return isBytes ? binaryQuantity(available) : canonicalQuantity(available);
}
