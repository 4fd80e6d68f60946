import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { EventType } from '#client/events.ts';
import type { NodeMetrics } from '../metrics.ts';
import type { Image, Runtime } from '../runtime.ts';
import {
  bytesToFree,
  collectable,
  type DiskSpace,
  type ImagePolicy,
  type ImageRecord,
  type ImageRecords,
  notFreedText,
  sighted,
  tooOld,
  usedPercent,
} from './images.ts';

export interface ImageCollectorOptions {
  readonly runtime: Pick<Runtime, 'listImages' | 'listContainers' | 'removeImage'>;
  readonly policy: ImagePolicy;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<NodeMetrics, 'imagesCollected'>;
  /** The disk that the images are on. */
  readonly disk: () => Promise<DiskSpace>;
  /** Names of images that stay although the runtime does not call them pinned. */
  readonly pinned: () => Promise<ReadonlySet<string>>;
  /** Names in full of images that volumes show. */
  readonly mounted: () => ReadonlySet<string>;
  /** Tells an event about the node. */
  readonly tell: (type: EventType, reason: string, message: string) => void;
}

/** Removes images that nobody uses, where the disk is full or they are old. */
export class ImageCollector {
  readonly #options: ImageCollectorOptions;
  readonly #sinceMs: number;
  #records: ImageRecords = new Map();
  #hasLooked = false;
  #failedBefore = false;

  constructor(options: ImageCollectorOptions) {
    this.#options = options;
    this.#sinceMs = options.clock.now();
  }

  /** Sees which images there are, and which are in use. */
  async look(): Promise<void> {
    await this.#look(this.#options.clock.now());
  }

  /** Removes what is too old, and what the disk has no room for. Failures are told; one alone is only logged. */
  async collect(): Promise<void> {
    const { log, tell, policy } = this.#options;
    if (policy.highPercent === 100 && policy.maxAgeMs === 0) return;
    try {
      await this.#collect();
      this.#failedBefore = false;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log.warn('images could not be collected', { error: message });
      if (this.#failedBefore) tell('Warning', 'ImageGCFailed', message);
      this.#failedBefore = true;
    }
  }

  /** Removes all that nobody uses. */
  async removeUnused(): Promise<void> {
    await this.#free(Number.POSITIVE_INFINITY);
  }

  async #collect(): Promise<void> {
    const { clock, policy, tell } = this.#options;
    const nowMs = clock.now();
    await this.#look(nowMs);
    await this.#removeAll(tooOld(this.#records, policy, { nowMs, sinceMs: this.#sinceMs }), 'age');
    const disk = await this.#options.disk();
    if (disk.capacityBytes === 0) {
      tell('Warning', 'InvalidDiskCapacity', 'invalid capacity 0 on image filesystem');
      throw new Error('invalid capacity 0 on image filesystem');
    }
    const wanted = bytesToFree(disk, policy);
    if (wanted === 0) return;
    this.#options.log.info('the disk is full: images that nobody uses are removed', {
      usedPercent: usedPercent(disk),
      bytes: wanted,
    });
    const freed = await this.#free(wanted);
    if (freed >= wanted) return;
    const message = notFreedText(disk, freed);
    tell('Warning', 'FreeDiskSpaceFailed', message);
    throw new Error(message);
  }

  /** Resolves to the bytes that were freed. */
  async #free(bytes: number): Promise<number> {
    const { clock, policy } = this.#options;
    const nowMs = clock.now();
    await this.#look(nowMs);
    return this.#removeAll(collectable(this.#records, policy, nowMs), 'space', bytes);
  }

  /** Goes on where one cannot be removed, until `bytes` are freed. */
  async #removeAll(
    records: readonly ImageRecord[],
    reason: 'space' | 'age',
    bytes = Number.POSITIVE_INFINITY,
  ): Promise<number> {
    if (records.length === 0) return 0;
    const pinned = await this.#options.pinned();
    const errors: unknown[] = [];
    let freed = 0;
    for (const { image } of records) {
      if (freed >= bytes) break;
      if (image.repoTags.some(name => pinned.has(name))) continue;
      try {
        await this.#remove(image, reason);
        freed += image.sizeBytes;
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 0) return freed;
    const why = errors.map(error => (error instanceof Error ? error.message : String(error))).join(', ');
    throw new Error(
      `wanted to free ${bytes} bytes, but freed ${freed} bytes space with errors in image deletion: ${why}`,
    );
  }

  async #remove(image: Image, reason: 'space' | 'age'): Promise<void> {
    const { runtime, log, metrics } = this.#options;
    await runtime.removeImage(image.id);
    metrics.imagesCollected.add({ reason });
    const names = [...image.repoTags, ...image.repoDigests].join(', ');
    log.info('removed an image that nobody uses', {
      image: names || image.id,
      bytes: image.sizeBytes,
      reason,
    });
  }

  async #look(nowMs: number): Promise<void> {
    const { runtime, mounted } = this.#options;
    const [images, containers] = await Promise.all([runtime.listImages(), runtime.listContainers()]);
    const used = new Set(containers.flatMap(({ imageId, image }) => [imageId, image]));
    const shown = mounted();
    for (const { id, repoTags, repoDigests } of images) {
      if ([...repoTags, ...repoDigests].some(name => shown.has(name))) used.add(id);
    }
    // What is there at the first look may have been there for ever.
    const detectedAtMs = this.#hasLooked ? nowMs : 0;
    this.#records = sighted(this.#records, { images, used, nowMs }, detectedAtMs);
    this.#hasLooked = true;
  }
}
