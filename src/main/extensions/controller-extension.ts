import { type Clock, sleep } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import type { TimeSlice } from '#base/time-slice.ts';
import type { Client } from '#client/client.ts';
import type { Controller } from '#runtime/controller.ts';
import { createManager, type Manager } from '#runtime/manager.ts';
import { ensureAccount, grant, impliedPermissions } from './account.ts';
import type { UserInfo } from '#apiserver/identity.ts';
import type { Crashes } from './crashes.ts';

export interface ControllerExtensionOptions {
  /** Of an administrator: makes the account. */
  readonly client: Client;
  readonly clientOf: (user: UserInfo) => Client;
  readonly clock: Clock;
  readonly slice?: TimeSlice;
  readonly random: Random;
  readonly log: Log;
  readonly crashes: Crashes;
}

// As the kubelet starts a container again that crashed.
const backoffMsMin = 10_000;
const backoffMsMax = 300_000;
/** A life of this length makes up for the crashes before it. */
const goodLifeMs = 600_000;

/**
 * A controller of the user's, under an account of its own. When it crashes, it starts again after a back-off: where its
 * set-up throws at the first time, it does not start at all.
 */
export class ControllerExtension implements AsyncDisposable {
  readonly #controller: Controller;
  readonly #options: ControllerExtensionOptions;
  readonly #abort = new AbortController();
  #manager: Manager | undefined;
  #crash: string | undefined;
  #life: Promise<void> | undefined;

  constructor(controller: Controller, options: ControllerExtensionOptions) {
    this.#controller = controller;
    this.#options = options;
  }

  /** What keeps it from its work; undefined where nothing does. */
  get problem(): string | undefined {
    return this.#crash ?? this.#manager?.problems.get(this.#controller.name);
  }

  /** Resolves once it is set up and may do what it has to; it reads and works from then on. Rejects where it cannot be. */
  start(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#life = this.#keepRunning(resolve, reject);
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new Error('stopped'));
    await this.#life;
  }

  async #keepRunning(onReady: () => void, onRefused: (error: unknown) => void): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#abort;
    for (let crashes = 0; !signal.aborted; crashes++) {
      const startedMs = clock.monotonicMs();
      let ready = crashes > 0;
      const error = await this.#untilCrash(() => {
        ready = true;
        this.#crash = undefined;
        onReady();
      });
      if (signal.aborted) break;
      if (!ready) return onRefused(error);
      if (clock.monotonicMs() - startedMs >= goodLifeMs) crashes = 0;
      const delayMs = Math.min(backoffMsMin * 2 ** crashes, backoffMsMax);
      this.#crash = `crashed, starts again within ${delayMs / 1000} s: ${error.message}`;
      log.error('the extension crashed', { error: error.message, stack: error.stack, againMs: delayMs });
      await sleep(clock, delayMs, signal).catch(() => {});
    }
    onReady();
  }

  /** One life; resolves with what it ended of, and with whatever when it was stopped. */
  async #untilCrash(onReady: () => void): Promise<Error> {
    const { promise: crash, resolve: onCrash } = Promise.withResolvers<Error>();
    const stop = () => onCrash(new Error('stopped'));
    const { signal } = this.#abort;
    signal.addEventListener('abort', stop, { once: true });
    try {
      this.#manager = await this.#createManager(onReady);
      const { crashes } = this.#options;
      const starting = crashes.watch(onCrash, () => this.#manager!.start());
      starting.catch(onCrash);
      return await crash;
    } catch (error) {
      return error as Error;
    } finally {
      signal.removeEventListener('abort', stop);
      await this.#manager?.stop();
      this.#manager = undefined;
    }
  }

  async #createManager(onReady: () => void): Promise<Manager> {
    const { client, clientOf, clock, slice, random, log } = this.#options;
    const { name, rbac = [] } = this.#controller;
    const user = await ensureAccount(client, name);
    return createManager({
      client: clientOf(user),
      clock,
      slice,
      random,
      log,
      controllers: [this.#controller],
      beforeWatching: async ([needs]) => {
        await grant(client, name, [...impliedPermissions(needs!), ...rbac]);
        onReady();
      },
    });
  }
}
