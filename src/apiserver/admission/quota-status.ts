import type { ResourceQuota } from '#api/generated/types/core.v1.ts';
import { type Amounts, parseAmounts } from '#api/pod-totals.ts';
import { assert } from '#base/assert.ts';
import type { Log } from '#base/log.ts';
import { hasReason } from '#machinery/status.ts';
import { loopbackUser } from '../identity.ts';
import type { ServedResource } from '../resources/served.ts';
import { updateObject } from '../resources/update.ts';
import type { WriteServices } from '../resources/write-context.ts';

/** Says in quotas what is used by what the server has just written; what goes is counted by the controller. */
export class QuotaStatusWriter {
  readonly #services: WriteServices & { readonly log: Log };
  readonly #quotas: ServedResource;
  /** By quota, the write under way and, where somebody came after it began, the next one, which speaks for all of those. */
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<void>>();

  constructor(services: WriteServices & { readonly log: Log }) {
    const quotas = services.catalog.find('', 'v1', 'resourcequotas');
    assert(quotas, 'quotas are served');
    this.#services = services;
    this.#quotas = quotas;
  }

  /** Resolves when readers see it. Never rejects: what is counted is there already, and the controller counts again. */
  write(key: string, usedOf: (quota: ResourceQuota) => Amounts): Promise<void> {
    const underWay = this.#underWay.get(key);
    if (!underWay) return this.#begin(key, usedOf);
    let next = this.#next.get(key);
    if (!next) {
      next = underWay.then(() => {
        this.#next.delete(key);
        return this.#begin(key, usedOf);
      });
      this.#next.set(key, next);
    }
    return next;
  }

  #begin(key: string, usedOf: (quota: ResourceQuota) => Amounts): Promise<void> {
    const writing = this.#update(key, usedOf).finally(() => {
      if (this.#underWay.get(key) === writing) this.#underWay.delete(key);
    });
    this.#underWay.set(key, writing);
    return writing;
  }

  async #update(key: string, usedOf: (quota: ResourceQuota) => Amounts): Promise<void> {
    const quota = this.#quotas.cache.get(key)?.object as ResourceQuota | undefined;
    if (!quota || changed(quota, usedOf(quota)).length === 0) return;
    const { name = '', namespace = '' } = quota.metadata;
    try {
      const context = {
        served: this.#quotas,
        namespace,
        subresource: 'status',
        user: loopbackUser,
        dryRun: false,
        fieldManager: 'kube-apiserver',
        warn: () => undefined,
      };
      await updateObject(this.#services, context, name, current =>
        withUsed(current as ResourceQuota, usedOf(current as ResourceQuota)),
      );
    } catch (error) {
      if (hasReason(error, 'NotFound')) return;
      this.#services.log.warn('what a quota has used could not be said', {
        quota: key,
        error: String(error),
      });
    }
  }
}

/** The names that the status says are limited, whose amounts differ from what it says is used. */
function changed({ status }: ResourceQuota, used: Amounts): string[] {
  const said = parseAmounts(status?.used);
  return Object.keys(status?.hard ?? {}).filter(name => {
    const amount = used.get(name);
    return amount && said.get(name)?.compare(amount) !== 0;
  });
}

function withUsed(current: ResourceQuota, used: Amounts): ResourceQuota {
  const quota = structuredClone(current);
  delete quota.metadata.resourceVersion;
  const now = changed(quota, used).map(name => [name, String(used.get(name))]);
  quota.status = { ...quota.status, used: { ...quota.status?.used, ...Object.fromEntries(now) } };
  return quota;
}
