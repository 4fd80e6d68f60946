import { deepEqual } from '#base/equal.ts';
import { DisposableStore } from '#base/disposable.ts';
import type { ResourceDefinition } from '#api/definition.ts';
import type { CustomResourceDefinition } from '#api/generated/types/apiextensions.v1.ts';
import { apiApproval } from '#api/apiextensions/custom-resource-definition/approval.ts';
import { cleanupFinalizer } from '#api/apiextensions/custom-resource-definition/cleanup.ts';
import { assert } from '#base/assert.ts';
import type { KubeObject } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import type { Services } from '../handlers/context.ts';
import { loopbackUser } from '../identity.ts';
import type { Change } from '../resources/resource-cache.ts';
import type { ServedResource } from '../resources/served.ts';
import { bucketOf } from '../resources/storage-key.ts';
import { updateObject } from '../resources/update.ts';
import type { WriteContext } from '../resources/write-context.ts';
import { deleteInstances } from './cleanup.ts';
import { type CompiledResource, compileResource } from './compile.ts';
import { type Condition, findCondition, isConditionTrue, saysSame, withCondition } from './conditions.ts';
import { createConversionWebhook } from './conversion-webhook.ts';
import { BuiltIn } from './built-in.ts';
import type { CustomSchemas } from './custom-schemas.ts';
import type { VersionParts } from './custom-version.ts';
import { judgeEstablished, judgeNames } from './names.ts';

const group = 'apiextensions.k8s.io';
const resource = 'customresourcedefinitions';
const retryMsMin = 100;
const retryMsMax = 30_000;

/** A custom resource that is served, and what of its definition made it so. */
interface Serving extends CompiledResource {
  readonly made: object;
  readonly bucket: string;
  readonly terminating: boolean;
}

function withTermination<T extends CompiledResource>(compiled: T, isTerminating: boolean): T {
  return { ...compiled, definitions: compiled.definitions.map(one => ({ ...one, isTerminating })) };
}

/**
 * Serves what CustomResourceDefinitions define, from the moment that their names are accepted until they are gone, and
 * writes what became of them into their status. Follows the server's own state: nothing is polled.
 */
export class CustomResources implements Disposable {
  readonly #services: Services;
  readonly #schemas: CustomSchemas;
  readonly #parts: VersionParts;
  readonly #builtIn: BuiltIn;
  readonly #served: ServedResource;
  readonly #serving = new Map<string, Serving>();
  readonly #pending = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #life = new DisposableStore();
  #working = false;

  constructor(services: Services, schemas: CustomSchemas) {
    this.#services = services;
    this.#schemas = schemas;
    const objectMeta = schemas.schemaOf('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');
    const served = services.catalog.find(group, 'v1', resource);
    assert(objectMeta, 'the facts have ObjectMeta');
    assert(served, 'CustomResourceDefinitions are served');
    this.#parts = {
      meta: { objectMeta },
      cel: services.celMetrics,
      freeName: name => schemas.freeName(name),
    };
    this.#builtIn = new BuiltIn(services.catalog.definitions);
    this.#served = served;
    for (const { object } of served.cache.objects()) this.#look(object as CustomResourceDefinition);
    this.#life.add(
      served.cache.watch(services.cache.revision, { prefix: '', change: change => this.#changed(change) }),
    );
  }

  [Symbol.dispose](): void {
    this.#life[Symbol.dispose]();
  }

  #changed({ type, entry }: Change): void {
    const crd = entry.object as CustomResourceDefinition;
    if (type === 'put') {
      this.#look(crd);
      return;
    }
    this.#unserve(entry.key);
    this.#failures.delete(entry.key);
    // Its names are free now.
    this.#queueWaiting(crd);
  }

  #look(crd: CustomResourceDefinition): void {
    if (isConditionTrue(crd, 'NamesAccepted') || isConditionTrue(crd, 'Established')) this.#serve(crd);
    this.#queue(crd.metadata.name!);
  }

  #serve(crd: CustomResourceDefinition): void {
    const name = crd.metadata.name!;
    const old = this.#serving.get(name);
    const terminating = isConditionTrue(crd, 'Terminating');
    const made = { spec: crd.spec, names: crd.status?.acceptedNames };
    if (old && deepEqual(old.made, made)) {
      if (old.terminating !== terminating) this.#setTerminating(name, old, terminating);
      return;
    }
    const convert =
      crd.spec.conversion?.strategy === 'Webhook'
        ? createConversionWebhook(this.#services, crd.spec.conversion.webhook!, name)
        : undefined;
    const isTerminating = () => this.#serving.get(name)?.terminating ?? true;
    const whole = compileResource(crd, this.#parts, isTerminating, convert);
    const compiled = withTermination(this.#builtIn.without(whole), terminating);
    const bucket = bucketOf({ group: crd.spec.group, resource: crd.spec.names.plural });
    for (const type of old?.types ?? []) this.#schemas.remove(type);
    for (const type of compiled.types) this.#schemas.add(type);
    this.#serving.set(name, { ...compiled, made, bucket, terminating });
    this.#services.catalog.replace(old?.definitions ?? [], compiled.definitions);
    if (old?.definitions.length) this.#services.cache.bucket(bucket).endWatchers();
  }

  /** Only discovery says otherwise than before. */
  #setTerminating(name: string, old: Serving, terminating: boolean): void {
    const serving = { ...withTermination(old, terminating), terminating };
    this.#serving.set(name, serving);
    this.#services.catalog.replace(old.definitions, serving.definitions);
  }

  #unserve(name: string): void {
    const old = this.#serving.get(name);
    if (!old) return;
    this.#serving.delete(name);
    for (const type of old.types) this.#schemas.remove(type);
    this.#services.catalog.replace(old.definitions, []);
    if (old.definitions.length > 0) this.#services.cache.bucket(old.bucket).endWatchers();
  }

  #queue(name: string): void {
    this.#pending.add(name);
    if (this.#working || this.#life.disposed) return;
    this.#working = true;
    void this.#work();
  }

  /** One definition after the other, so that two never get the same name. */
  async #work(): Promise<void> {
    // What is found at the start waits until the server stands.
    await Promise.resolve();
    for (const name of this.#pending) {
      if (this.#life.disposed) break;
      this.#pending.delete(name);
      try {
        await this.#reconcile(name);
        this.#failures.delete(name);
      } catch (error) {
        this.#retry(name, error as Error);
      }
    }
    this.#working = false;
  }

  #retry(name: string, error: Error): void {
    if (this.#life.disposed || hasReason(error, 'NotFound')) return;
    const failures = (this.#failures.get(name) ?? 0) + 1;
    this.#failures.set(name, failures);
    this.#services.log.debug('a custom resource definition waits', { name, error: error.message });
    const delayMs = Math.min(retryMsMax, retryMsMin * 2 ** Math.min(failures, 10));
    const timer = this.#life.add(
      this.#services.clock.after(delayMs, () => {
        this.#life.release(timer);
        this.#queue(name);
      }),
    );
  }

  async #reconcile(name: string): Promise<void> {
    const crd = this.#served.cache.get(name)?.object as CustomResourceDefinition | undefined;
    if (!crd) return;
    if (crd.metadata.deletionTimestamp) {
      if (crd.metadata.finalizers?.includes(cleanupFinalizer)) await this.#finish(crd);
      return;
    }
    const verdict = judgeNames(crd, () => this.#definitionsOf(crd.spec.group));
    const accepted = verdict?.accepted ?? findCondition(crd, 'NamesAccepted');
    const conditions: Condition[] = [...(verdict ? [verdict.accepted] : []), judgeEstablished(crd, accepted)];
    const approval = apiApproval(crd);
    if (approval) conditions.push(approval);
    await this.#writeStatus(crd, conditions, verdict?.acceptedNames);
  }

  async #writeStatus(
    crd: CustomResourceDefinition,
    conditions: readonly Condition[],
    acceptedNames = crd.status?.acceptedNames,
  ): Promise<void> {
    const same = conditions.every(condition => saysSame(findCondition(crd, condition.type), condition));
    if (same && deepEqual(acceptedNames, crd.status?.acceptedNames)) return;
    const nowMs = this.#services.clock.now();
    await this.#update(crd, object => {
      let all = object.status?.conditions ?? [];
      for (const condition of conditions) all = withCondition(all, condition, nowMs);
      object.status = { ...object.status, conditions: all, ...(acceptedNames ? { acceptedNames } : {}) };
    });
    this.#queueWaiting(crd);
  }

  /** Those of the same group that wait for a name, which may have become free. */
  #queueWaiting(crd: CustomResourceDefinition): void {
    for (const { object } of this.#served.cache.objects()) {
      const other = object as CustomResourceDefinition;
      const waits = other.spec.group === crd.spec.group && !isConditionTrue(other, 'NamesAccepted');
      if (waits && other.metadata.uid !== crd.metadata.uid) this.#queue(other.metadata.name!);
    }
  }

  /** Takes the instances down, and then lets the definition go. */
  async #finish(crd: CustomResourceDefinition): Promise<void> {
    const terminating = (status: 'True' | 'False', reason: string, message: string): Condition => ({
      type: 'Terminating',
      status,
      reason,
      message,
    });
    let end = terminating('False', 'NeverEstablished', 'resource was never established');
    if (isConditionTrue(crd, 'Established')) {
      const progress = 'CustomResource deletion is in progress';
      await this.#writeStatus(crd, [terminating('True', 'InstanceDeletionInProgress', progress)]);
      try {
        if (!(await this.#deleteInstances(crd))) return;
      } catch (error) {
        const why = `could not issue all deletes: ${(error as Error).message}`;
        await this.#writeStatus(crd, [terminating('True', 'InstanceDeletionFailed', why)]);
        throw error;
      }
      end = terminating('False', 'InstanceDeletionCompleted', 'removed all instances');
    }
    const nowMs = this.#services.clock.now();
    await this.#update(crd, object => {
      object.status = {
        ...object.status,
        conditions: withCondition(object.status?.conditions ?? [], end, nowMs),
      };
      object.metadata.finalizers = object.metadata.finalizers?.filter(other => other !== cleanupFinalizer);
    });
  }

  /** False where some wait for their finalizers: the definition is looked at again when the last one is gone. */
  async #deleteInstances(crd: CustomResourceDefinition): Promise<boolean> {
    const name = crd.metadata.name!;
    const served = this.#storedVersion(name);
    if (!served) return true;
    await deleteInstances(this.#services, served);
    if (served.cache.size === 0) return true;
    const watch = this.#life.add(
      served.cache.watch(this.#services.cache.revision, {
        prefix: '',
        change: () => {
          if (served.cache.size > 0) return;
          this.#life.release(watch);
          this.#queue(name);
        },
      }),
    );
    return false;
  }

  /** The version that most objects are stored in needs no conversion. */
  #storedVersion(name: string): ServedResource | undefined {
    const definitions = this.#serving.get(name)?.definitions ?? [];
    const isStored = ({ storageVersion, versions }: ResourceDefinition) =>
      versions[0]!.version === storageVersion;
    const definition = definitions.find(isStored) ?? definitions[0];
    if (!definition) return undefined;
    const { group, resource, versions } = definition;
    return this.#services.catalog.find(group, versions[0]!.version, resource);
  }

  #definitionsOf(wanted: string): CustomResourceDefinition[] {
    const all = [...this.#served.cache.objects()].map(({ object }) => object as CustomResourceDefinition);
    return all.filter(crd => crd.spec.group === wanted);
  }

  async #update(
    crd: CustomResourceDefinition,
    change: (object: CustomResourceDefinition) => void,
  ): Promise<void> {
    const context: WriteContext = {
      served: this.#served,
      namespace: '',
      subresource: 'status',
      user: loopbackUser,
      dryRun: false,
      fieldManager: 'kube-apiserver',
      warn: () => undefined,
    };
    // Definitions are large, and the write that this follows took its time.
    await this.#services.slice.breathe();
    await updateObject(this.#services, context, crd.metadata.name!, current => {
      const object = { ...current, metadata: { ...current.metadata } } as CustomResourceDefinition;
      change(object);
      return object as KubeObject;
    });
  }
}
