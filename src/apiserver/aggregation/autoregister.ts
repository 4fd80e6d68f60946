import { apiServices } from '#api/generated/refs.ts';
import type { ResourceDefinition } from '#api/definition.ts';
import type { APIService } from '#api/generated/types/apiregistration.v1.ts';
import type { Clock } from '#base/clock.ts';
import { DisposableStore } from '#base/disposable.ts';
import { deepEqual } from '#base/equal.ts';
import type { Log } from '#base/log.ts';
import type { Client } from '#client/client.ts';
import { hasReason } from '#machinery/status.ts';
import type { Catalog } from '../resources/served.ts';
import type { StateCache } from '../resources/state-cache.ts';
import { KeyedLoop } from '../keyed-loop.ts';
import { apiServiceName, automanagedLabel, groupVersionsOf, localApiService } from './priorities.ts';
import { apiServicesBucket } from './remote-services.ts';

export interface AutoregisterOptions {
  readonly cache: StateCache;
  readonly catalog: Catalog;
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
}

/** Keeps an APIService for every group version of custom resources, and none for those that are gone. */
export class Autoregister implements Disposable {
  readonly #options: AutoregisterOptions;
  readonly #life = new DisposableStore();
  readonly #loop: KeyedLoop;
  /** Registered at the start, each by itself. */
  readonly #builtIn: ReadonlySet<string>;

  constructor(
    options: AutoregisterOptions,
    builtIn: readonly Parameters<typeof groupVersionsOf>[0][number][],
  ) {
    this.#options = options;
    const { cache, catalog, clock, log } = options;
    this.#builtIn = new Set(groupVersionsOf(builtIn).map(apiServiceName));
    this.#loop = this.#life.add(
      new KeyedLoop({
        clock,
        log,
        run: name => this.#reconcile(name),
        backoffMsMin: 50,
        backoffMsMax: 30_000,
      }),
    );
    this.#life.add(catalog.onChange(touched => this.#considerAll(touched)));
    const bucket = cache.bucket(apiServicesBucket);
    const change = {
      prefix: '',
      change: ({ entry }: { entry: { key: string } }) => this.#consider(entry.key),
    };
    this.#life.add(bucket.watch(bucket.lastChange, change));
    for (const { key } of bucket.objects()) this.#consider(key);
    this.#considerAll(catalog.definitions);
  }

  [Symbol.dispose](): void {
    this.#life[Symbol.dispose]();
  }

  #considerAll(definitions: readonly ResourceDefinition[]): void {
    for (const served of groupVersionsOf(definitions)) this.#consider(apiServiceName(served));
  }

  #consider(name: string): void {
    if (!this.#builtIn.has(name) && !this.#isRight(name)) this.#loop.add(name);
  }

  #isRight(name: string): boolean {
    const wanted = this.#wanted(name);
    const actual = this.#actual(name);
    if (!wanted) return actual?.metadata.labels?.[automanagedLabel] !== 'true';
    return actual !== undefined && (!isManaged(actual) || deepEqual(actual.spec, wanted.spec));
  }

  #actual(name: string): APIService | undefined {
    return this.#options.cache.bucket(apiServicesBucket).get(name)?.object as APIService | undefined;
  }

  #wanted(name: string): APIService | undefined {
    const dot = name.indexOf('.');
    const served = { group: name.slice(dot + 1), version: name.slice(0, dot) };
    return this.#options.catalog.serves(served) ? localApiService(served, true) : undefined;
  }

  async #reconcile(name: string): Promise<void> {
    if (this.#isRight(name)) return;
    const { client } = this.#options;
    const wanted = this.#wanted(name);
    const actual = this.#actual(name);
    try {
      if (!wanted) await client.delete(apiServices, '', name);
      else if (actual) await client.update(apiServices, { ...actual, spec: wanted.spec! });
      else await client.create(apiServices, wanted);
    } catch (error) {
      if (!hasReason(error, 'NotFound') && !hasReason(error, 'AlreadyExists')) throw error;
    }
  }
}

function isManaged({ metadata }: APIService): boolean {
  return metadata.labels?.[automanagedLabel] !== undefined;
}
