import type { Image } from '../runtime.ts';

/** When images are collected, and which (imageGC… and image…GCAge of a KubeletConfiguration). */
export interface ImagePolicy {
  /** From so full a disk on. */
  readonly highPercent: number;
  /** Until it is no fuller. */
  readonly lowPercent: number;
  readonly minAgeMs: number;
  /** 0: no image is too old. */
  readonly maxAgeMs: number;
}

/** What is known of an image that is there. Times are the clock's, in milliseconds. */
export interface ImageRecord {
  readonly image: Image;
  /** 0: it was there when this kubelet first looked. */
  readonly detectedAtMs: number;
  /** 0: no use of it has been seen. */
  readonly usedAtMs: number;
}

/** By id. */
export type ImageRecords = ReadonlyMap<string, ImageRecord>;

export interface Sighting {
  readonly images: readonly Image[];
  /** Ids of images that containers, dead ones too, were made of. */
  readonly used: ReadonlySet<string>;
  readonly nowMs: number;
}

/** Images seen for the first time count as found at `detectedAtMs`. */
export function sighted(
  before: ImageRecords,
  { images, used, nowMs }: Sighting,
  detectedAtMs: number,
): ImageRecords {
  return new Map(
    images.map(image => {
      const known = before.get(image.id) ?? { detectedAtMs, usedAtMs: 0 };
      return [image.id, { ...known, image, usedAtMs: used.has(image.id) ? nowMs : known.usedAtMs }];
    }),
  );
}

/** Images that may go, least recently used first: neither in use nor pinned, nor younger than the policy says. */
export function collectable(
  records: ImageRecords,
  { minAgeMs }: Pick<ImagePolicy, 'minAgeMs'>,
  nowMs: number,
): readonly ImageRecord[] {
  return [...records.values()]
    .filter(({ image, usedAtMs, detectedAtMs }) => {
      return !image.pinned && usedAtMs < nowMs && nowMs - detectedAtMs >= minAgeMs;
    })
    .sort((a, b) => a.usedAtMs - b.usedAtMs || a.detectedAtMs - b.detectedAtMs);
}

/** Images that are too old, once the kubelet has run for so long that it can know. */
export function tooOld(
  records: ImageRecords,
  { maxAgeMs }: Pick<ImagePolicy, 'maxAgeMs'>,
  { nowMs, sinceMs }: { readonly nowMs: number; readonly sinceMs: number },
): readonly ImageRecord[] {
  if (maxAgeMs === 0 || nowMs - sinceMs <= maxAgeMs) return [];
  return [...records.values()].filter(
    ({ image, usedAtMs }) => !image.pinned && usedAtMs < nowMs && nowMs - usedAtMs > maxAgeMs,
  );
}

export interface DiskSpace {
  readonly capacityBytes: number;
  readonly availableBytes: number;
}

export function usedPercent({ capacityBytes, availableBytes }: DiskSpace): number {
  return 100 - Math.trunc((Math.min(availableBytes, capacityBytes) * 100) / capacityBytes);
}

/** How much is to go; 0: the disk is not full. */
export function bytesToFree(disk: DiskSpace, { highPercent, lowPercent }: ImagePolicy): number {
  const { capacityBytes, availableBytes } = disk;
  if (usedPercent(disk) < highPercent) return 0;
  return Math.max(0, Math.trunc((capacityBytes * (100 - lowPercent)) / 100) - availableBytes);
}

/** As upstream writes a size: 98.0 KiB. */
export function sizeText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  const exponent = Math.min(6, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1_024 ** exponent).toFixed(1)} ${'KMGTPE'[exponent - 1]}iB`;
}

/** What the event FreeDiskSpaceFailed says. */
export function notFreedText(disk: DiskSpace, freedBytes: number): string {
  return (
    `Insufficient free disk space on the node's image filesystem (${usedPercent(disk)}% of ${sizeText(disk.capacityBytes)} used). ` +
    `Failed to free sufficient space by deleting unused images (freed ${freedBytes} bytes). ` +
    'Investigate disk usage, as it could be used by active images, logs, volumes, or other data.'
  );
}
