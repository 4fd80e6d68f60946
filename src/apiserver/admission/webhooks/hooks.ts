import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhook,
} from '#api/generated/types/admissionregistration.v1.ts';
import { admissionEnvironment } from '#cel/admission.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { ResourceCache } from '../../resources/resource-cache.ts';
import { MatchConditions } from '../match-conditions.ts';
import { type Match, compileMatch } from '../matching.ts';
import type { WebhookType } from '../metrics.ts';

/** One webhook of a configuration, ready to be matched. */
export interface Hook {
  /** Unique among the webhooks of its kind. */
  readonly uid: string;
  readonly configuration: string;
  readonly webhook: MutatingWebhook | ValidatingWebhook;
  readonly match: Match;
  /** Absent: there are none. */
  readonly conditions?: MatchConditions;
}

const conditionEnvironment = () => admissionEnvironment({ params: false, authorizer: true });

function compileHooks(object: KubeObject, type: WebhookType): Hook[] {
  const { metadata, webhooks = [] } = object as MutatingWebhookConfiguration;
  const configuration = metadata.name!;
  const seen = new Map<string, number>();
  return webhooks.map(webhook => {
    const count = seen.get(webhook.name) ?? 0;
    seen.set(webhook.name, count + 1);
    return {
      uid: `${configuration}/${webhook.name}/${count}`,
      configuration,
      webhook,
      match: compileMatch(webhook, webhook.rules ?? []),
      ...(webhook.matchConditions?.length ? { conditions: compileConditions(webhook, type) } : {}),
    };
  });
}

function compileConditions(
  { name, matchConditions = [] }: MutatingWebhook | ValidatingWebhook,
  type: WebhookType,
): MatchConditions {
  return new MatchConditions({ name, kind: 'webhook', type }, matchConditions, conditionEnvironment());
}

/** The webhooks of all configurations of a kind, in the order of the configurations' names. */
export class HookSource {
  readonly #configurations: ResourceCache;
  readonly #type: WebhookType;
  readonly #compiled = new WeakMap<KubeObject, readonly Hook[]>();
  #hooks: readonly Hook[] = [];
  #revision = -1;

  constructor(configurations: ResourceCache, type: WebhookType) {
    this.#configurations = configurations;
    this.#type = type;
  }

  get hooks(): readonly Hook[] {
    if (this.#revision === this.#configurations.lastChange) return this.#hooks;
    this.#revision = this.#configurations.lastChange;
    this.#hooks = this.#configurations.list('', '', 0).entries.flatMap(({ object }) => {
      let hooks = this.#compiled.get(object);
      if (!hooks) {
        hooks = compileHooks(object, this.#type);
        this.#compiled.set(object, hooks);
      }
      return hooks;
    });
    return this.#hooks;
  }
}
