import { flowSchemas, priorityLevelConfigurations } from '#api/generated/refs.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '#api/generated/types/flowcontrol.v1.ts';
import { type Clock, toRfc3339 } from '#base/clock.ts';
import { DisposableStore } from '#base/disposable.ts';
import { deepEqual } from '#base/equal.ts';
import type { Log } from '#base/log.ts';
import type { Client } from '#client/client.ts';
import { hasReason } from '#machinery/status.ts';
import { KeyedLoop } from '../keyed-loop.ts';
import type { StateCache } from '../resources/state-cache.ts';
import { autoUpdateAnnotation, flowControlDefaults, isMandatory } from '#api/flow-control-defaults.ts';
import { levelsBucket, schemasBucket } from './flow-control.ts';

export interface KeeperOptions {
  readonly cache: StateCache;
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
}

type Kept = FlowSchema | PriorityLevelConfiguration;

/** Keeps the default objects as they ship, and the condition Dangling of every FlowSchema. */
export class FlowControlKeeper implements Disposable {
  readonly #options: KeeperOptions;
  readonly #life = new DisposableStore();
  readonly #loop: KeyedLoop;

  constructor(options: KeeperOptions) {
    this.#options = options;
    const { cache, clock, log } = options;
    const run = (key: string) => this.#reconcile(key);
    this.#loop = this.#life.add(new KeyedLoop({ clock, log, run, backoffMsMin: 200, backoffMsMax: 60_000 }));
    for (const bucket of [schemasBucket, levelsBucket]) {
      const changes = cache.bucket(bucket);
      const change = ({ entry }: { entry: { key: string } }) => this.#changed(bucket, entry.key);
      this.#life.add(changes.watch(changes.lastChange, { prefix: '', change }));
    }
    for (const { kind, metadata } of flowControlDefaults) this.#consider(bucketOf(kind), metadata.name!);
    this.#considerSchemas();
  }

  [Symbol.dispose](): void {
    this.#life[Symbol.dispose]();
  }

  #changed(bucket: string, name: string): void {
    this.#consider(bucket, name);
    if (bucket === levelsBucket) this.#considerSchemas();
  }

  #considerSchemas(): void {
    for (const { key } of this.#options.cache.bucket(schemasBucket).objects())
      this.#consider(schemasBucket, key);
  }

  #consider(bucket: string, name: string): void {
    if (this.#wantedSpec(bucket, name) || this.#wantedCondition(bucket, name)) {
      this.#loop.add(`${bucket} ${name}`);
    }
  }

  #actual(bucket: string, name: string): Kept | undefined {
    return this.#options.cache.bucket(bucket).get(name)?.object as Kept | undefined;
  }

  /** The default that is missing, or that its object has drifted from. */
  #wantedSpec(bucket: string, name: string): Kept | undefined {
    const wanted = flowControlDefaults.find(
      ({ kind, metadata }) => bucketOf(kind) === bucket && metadata.name === name,
    );
    if (!wanted) return undefined;
    const actual = this.#actual(bucket, name);
    if (!actual) return wanted;
    const isKept = isMandatory(name) || actual.metadata.annotations?.[autoUpdateAnnotation] === 'true';
    return isKept && !deepEqual(fixedSpec(actual), fixedSpec(wanted)) ? wanted : undefined;
  }

  #wantedCondition(bucket: string, name: string) {
    if (bucket !== schemasBucket) return undefined;
    const schema = this.#actual(bucket, name) as FlowSchema | undefined;
    if (!schema) return undefined;
    const level = schema.spec?.priorityLevelConfiguration.name ?? '';
    const exists = isMandatory(level) || this.#actual(levelsBucket, level) !== undefined;
    const names = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
    const wanted = {
      type: 'Dangling',
      status: exists ? 'False' : 'True',
      reason: exists ? 'Found' : 'NotFound',
      message: `${names} ${exists ? 'and it exists' : 'but there is no such object'}`,
    };
    const { lastTransitionTime: _, ...told } =
      schema.status?.conditions?.find(({ type }) => type === 'Dangling') ?? {};
    return deepEqual(told, wanted) ? undefined : wanted;
  }

  async #reconcile(key: string): Promise<void> {
    const [bucket = '', name = ''] = key.split(' ');
    try {
      const wanted = this.#wantedSpec(bucket, name);
      if (wanted) await this.#write(wanted, this.#actual(bucket, name));
      const condition = this.#wantedCondition(bucket, name);
      if (condition) await this.#tell(this.#actual(bucket, name) as FlowSchema, condition);
    } catch (error) {
      if (!hasReason(error, 'NotFound') && !hasReason(error, 'AlreadyExists')) throw error;
    }
  }

  async #write(wanted: Kept, actual: Kept | undefined): Promise<void> {
    const { client } = this.#options;
    const ref = wanted.kind === 'FlowSchema' ? flowSchemas : priorityLevelConfigurations;
    const options = { fieldManager: 'api-priority-and-fairness-config-producer-v1' };
    if (actual) await client.update<Kept>(ref, { ...actual, spec: wanted.spec } as Kept, options);
    else await client.create<Kept>(ref, wanted, options);
  }

  async #tell(schema: FlowSchema, condition: object): Promise<void> {
    const lastTransitionTime = toRfc3339(this.#options.clock.now());
    const status = { conditions: [{ ...condition, lastTransitionTime }] };
    const fieldManager = 'api-priority-and-fairness-config-consumer-v1';
    const options = { fieldManager, force: true, subresource: 'status' };
    await this.#options.client.patch(flowSchemas, '', schema.metadata.name!, 'apply', { status }, options);
  }
}

/** The shares of the exempt level are whoever's who sets them. */
function fixedSpec({ kind, metadata, spec }: Kept): unknown {
  const isExemptLevel = kind === 'PriorityLevelConfiguration' && metadata.name === 'exempt';
  return isExemptLevel ? { ...spec, exempt: undefined } : spec;
}

function bucketOf(kind: string): string {
  return kind === 'FlowSchema' ? schemasBucket : levelsBucket;
}
