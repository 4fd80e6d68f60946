import { type AdmissionRule, type BoundRule, bindRule } from '#apiserver/admission/rules/rule.ts';
import type { Authorizer, UserInfo } from '#apiserver/identity.ts';
import { assert } from '#base/assert.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import type { TimeSlice } from '#base/time-slice.ts';
import { type Client, createClient } from '#client/client.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import { qualified } from '#machinery/status.ts';
import { defaultProfile, type Profile } from '#scheduler/profile.ts';
import { type PluginFactory, type PluginName, pluginRegistry } from '#scheduler/plugins/registry.ts';
import type { PluginContext } from '#scheduler/framework/plugin-context.ts';
import { ensureAccount, exemptRules, grant, removeAccounts } from './account.ts';
import { ControllerExtension } from './controller-extension.ts';
import { type Crashes, unwatched } from './crashes.ts';
import {
  type Extension,
  extensionProblem,
  isAdmissionRule,
  isController,
  isSchedulerPlugin,
  sharedNames,
} from './extension.ts';
import { extensionTransport } from './refusals.ts';
import { fencedPlugin, type SchedulerPlugin } from './scheduler-plugin.ts';

export interface ExtensionsOptions {
  readonly extensions: readonly Extension[];
  /** Default: what an extension throws where nobody catches ends the process, as any program's. */
  readonly crashes?: Crashes;
  readonly clock: Clock;
  /** Shared with the other parts on this event loop. */
  readonly slice?: TimeSlice;
  readonly random: Random;
  readonly log: Log;
}

/** What extensions stand on, once it stands. */
export interface ExtensionGround {
  /** Of an administrator. */
  readonly client: Client;
  readonly clientOf: (component: string, user: UserInfo) => Client;
  readonly authorizer: Authorizer;
}

/** The user's controllers, admission rules and scheduler plugins in one control plane. */
export class Extensions implements AsyncDisposable {
  readonly #options: ExtensionsOptions;
  readonly #crashes: Crashes;
  readonly #controllers = new Map<string, ControllerExtension>();
  #ground: ExtensionGround | undefined;
  #rules: readonly BoundRule[] = [];

  /** Throws an Error where one is none, or two have one name. */
  constructor(options: ExtensionsOptions) {
    this.#options = options;
    this.#crashes = options.crashes ?? unwatched;
    options.extensions.forEach((extension, i) => {
      const problem = extensionProblem(extension);
      if (problem) throw new Error(`extensions[${i}] ${problem}`);
    });
    const [shared] = sharedNames(options.extensions);
    if (shared !== undefined) throw new Error(`two extensions are called ${JSON.stringify(shared)}`);
    const taken = options.extensions.find(
      one => isSchedulerPlugin(one) && Object.hasOwn(pluginRegistry, one.name),
    );
    if (taken) throw new Error(`extension ${taken.name} has the name of a plugin that there is already`);
  }

  /** The rules of admission that hold now: none before `prepare`. */
  get rules(): readonly BoundRule[] {
    return this.#rules;
  }

  /**
   * The scheduler's plugins, to name in profiles. What one watches must be served: the scheduler begins when it has
   * read all of it.
   */
  plugins(isServed: (ref: ResourceRef) => boolean): Readonly<Record<string, PluginFactory>> {
    const { log } = this.#options;
    const served = <T extends KubeObject>(ref: ResourceRef<T>): ResourceRef<T> => {
      if (isServed(ref as ResourceRef)) return ref;
      throw new Error(`${qualified(ref)} is not served in version ${ref.version}`);
    };
    const factory =
      (plugin: SchedulerPlugin): PluginFactory =>
      context => {
        const args = context.args[plugin.name];
        const lister: PluginContext['lister'] = ref => context.lister(served(ref));
        try {
          const fenced = fencedPlugin(plugin, { ...context, lister, args }, log, this.#crashes);
          for (const ref of fenced.watches ?? []) served(ref);
          return fenced;
        } catch (cause) {
          throw notStarted(plugin.name, cause);
        }
      };
    const plugins = this.#options.extensions.filter(isSchedulerPlugin);
    return Object.fromEntries(plugins.map(plugin => [plugin.name, factory(plugin)]));
  }

  /** The default profile with the user's plugins after its own, but before the binder that takes every pod. */
  get profile(): Profile {
    const plugins = this.#options.extensions.filter(isSchedulerPlugin);
    const weights = plugins.map(({ name, weight = 1 }) => [name, weight] as const);
    const binder: PluginName = 'DefaultBinder';
    const builtIn = defaultProfile.plugins.filter(name => name !== binder);
    return {
      ...defaultProfile,
      plugins: [...builtIn, ...plugins.map(({ name }) => name), binder],
      weights: { ...defaultProfile.weights, ...Object.fromEntries(weights) },
    };
  }

  /** Each extension with what keeps it from its work. */
  get problems(): ReadonlyMap<string, string | undefined> {
    return new Map(this.#options.extensions.map(({ name }) => [name, this.#controllers.get(name)?.problem]));
  }

  /** Puts the rules in force, and takes the accounts away that nobody has any more. Rejects where one cannot be made. */
  async prepare(ground: ExtensionGround): Promise<void> {
    const { extensions } = this.#options;
    this.#ground = ground;
    await removeAccounts(ground.client, new Set(extensions.map(({ name }) => name)));
    const rules = extensions.filter(isAdmissionRule);
    await exemptRules(
      ground.client,
      rules.map(({ name }) => name),
    );
    this.#rules = await Promise.all(
      rules.map(rule =>
        this.#bind(rule, ground).catch(cause => Promise.reject(notStarted(rule.name, cause))),
      ),
    );
  }

  /** Sets the controllers up, once `prepare` is through. Rejects where one cannot be. */
  async start(): Promise<void> {
    const ground = this.#ground;
    assert(ground, 'extensions are prepared before they start');
    const starting = this.#options.extensions.filter(isController).map(controller => {
      const running = new ControllerExtension(controller, {
        ...this.#options,
        crashes: this.#crashes,
        log: this.#options.log.with({ extension: controller.name }),
        client: ground.client,
        clientOf: user => this.#clientOf(controller.name, user, ground),
      });
      this.#controllers.set(controller.name, running);
      return running.start().catch(cause => Promise.reject(notStarted(controller.name, cause)));
    });
    await Promise.all(starting);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#rules = [];
    await Promise.all(Array.from(this.#controllers.values(), one => one[Symbol.asyncDispose]()));
  }

  async #bind(rule: AdmissionRule, ground: ExtensionGround): Promise<BoundRule> {
    const user = await ensureAccount(ground.client, rule.name);
    await grant(ground.client, rule.name, rule.rbac ?? []);
    return bindRule(this.#watched(rule), this.#clientOf(rule.name, user, ground));
  }

  #watched(rule: AdmissionRule): AdmissionRule {
    const { log } = this.#options;
    const onCrash = (error: Error) =>
      log.error('an admission rule threw where nobody catches', { rule: rule.name, stack: error.stack });
    const { mutate, validate } = rule;
    return {
      ...rule,
      ...(mutate
        ? { mutate: (...given) => this.#crashes.watch(onCrash, () => mutate.apply(rule, given)) }
        : {}),
      ...(validate
        ? { validate: (...given) => this.#crashes.watch(onCrash, () => validate.apply(rule, given)) }
        : {}),
    };
  }

  #clientOf(name: string, user: UserInfo, { clientOf, authorizer }: ExtensionGround): Client {
    const { transport } = clientOf(name, user);
    const { log } = this.#options;
    const crashes = this.#crashes;
    return createClient(extensionTransport({ transport, user, authorizer, extension: name, log, crashes }));
  }
}

function notStarted(name: string, cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Error(`extension ${name} does not start: ${why}`, { cause });
}
