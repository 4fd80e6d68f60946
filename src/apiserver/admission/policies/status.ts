import type { ValidatingAdmissionPolicy } from '#api/generated/types/admissionregistration.v1.ts';
import { assert } from '#base/assert.ts';
import type { Log } from '#base/log.ts';
import type { KubeObject } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import { loopbackUser } from '../../identity.ts';
import type { ServedResource } from '../../resources/served.ts';
import { updateObject } from '../../resources/update.ts';
import type { WriteServices } from '../../resources/write-context.ts';
import { TypeChecker } from './type-check.ts';

/** Keeps the status of validating policies: what their type check found, for each generation once. */
export class PolicyStatusKeeper implements Disposable {
  readonly #services: WriteServices & { readonly log: Log };
  readonly #served: ServedResource;
  readonly #checker: TypeChecker;
  readonly #stale = new Set<string>();
  readonly #watch: Disposable;
  #isRunning = false;
  #isDisposed = false;

  constructor(services: WriteServices & { readonly log: Log }) {
    const { catalog, schemas } = services;
    const served = catalog.find('admissionregistration.k8s.io', 'v1', 'validatingadmissionpolicies');
    assert(served, 'validating policies are served');
    this.#services = services;
    this.#served = served;
    this.#checker = new TypeChecker(catalog, schemas);
    for (const { object } of served.cache.objects()) this.#look(object);
    this.#watch = served.cache.watch(served.cache.lastChange, {
      prefix: '',
      change: ({ type, entry }) => {
        if (type === 'put') this.#look(entry.object);
      },
    });
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#watch[Symbol.dispose]();
  }

  #look(object: KubeObject): void {
    const { metadata, status } = object as ValidatingAdmissionPolicy;
    if (status?.observedGeneration === metadata.generation || metadata.deletionTimestamp) return;
    this.#stale.add(metadata.name!);
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    // The write that was just seen has to be answered first.
    await Promise.resolve();
    for (const name of this.#stale) {
      this.#stale.delete(name);
      if (this.#isDisposed) break;
      await this.#update(name);
    }
    this.#isRunning = false;
  }

  async #update(name: string): Promise<void> {
    try {
      const context = {
        served: this.#served,
        namespace: '',
        subresource: 'status',
        user: loopbackUser,
        dryRun: false,
        fieldManager: 'validatingadmissionpolicy-status',
        warn: () => undefined,
      };
      await updateObject(this.#services, context, name, current => this.#withStatus(current));
    } catch (error) {
      if (hasReason(error, 'NotFound') || this.#isDisposed) return;
      this.#services.log.warn('a policy could not be type checked', { policy: name, error: String(error) });
    }
  }

  #withStatus(current: KubeObject): KubeObject {
    const policy = structuredClone(current) as ValidatingAdmissionPolicy;
    const expressionWarnings = this.#checker.warnings(policy);
    policy.status = {
      ...policy.status,
      ...(policy.metadata.generation ? { observedGeneration: policy.metadata.generation } : {}),
      typeChecking: expressionWarnings.length > 0 ? { expressionWarnings } : {},
    };
    delete policy.metadata.resourceVersion;
    return policy;
  }
}
