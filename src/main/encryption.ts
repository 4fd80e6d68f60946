import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { serverIdentity } from '#apiserver/bootstrap/identity-lease.ts';
import type { HealthCheck } from '#apiserver/health.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { MetricFamily } from '#base/metric-families.ts';
import type { Random } from '#base/random.ts';
import { KmsMetrics } from '#store/sealed/kms/metrics.ts';
import { KmsProvider } from '#store/sealed/kms/provider.ts';
import { SealedStore } from '#store/sealed/sealed-store.ts';
import { type SealRule, Sealer } from '#store/sealed/sealer.ts';
import type { Store } from '#store/store.ts';
import type { EncryptionSettings } from './config/encryption-config.ts';
import { KmsPlugin } from './kms-plugin.ts';

interface Parts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What some settings make: how to seal, and the plug-ins for that. */
interface Made {
  readonly rules: readonly SealRule[];
  readonly providers: readonly KmsProvider[];
}

const atOnce = () => undefined;

/** How values are kept from whoever reads the disk: by settings that may change while the server runs. */
export class Encryption implements Disposable {
  readonly #parts: Parts;
  readonly #metrics: KmsMetrics;
  #made: Made = { rules: [], providers: [] };
  /** Of settings before, while something may still be encrypted by them. */
  #former: KmsProvider[] = [];
  #store: SealedStore | undefined;

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.#metrics = new KmsMetrics(parts.clock, serverIdentity(hostname()));
  }

  /** Where a plug-in does not answer, what its keys have sealed cannot be read; all else goes on. */
  static async start(settings: EncryptionSettings, parts: Parts): Promise<Encryption> {
    const encryption = new Encryption(parts);
    encryption.#made = await encryption.#make(settings);
    return encryption;
  }

  get families(): readonly MetricFamily[] {
    return this.#metrics.families;
  }

  /** Where it `reloads`, that is told of too. */
  healthChecks(reloads: boolean): readonly HealthCheck[] {
    if (!reloads && this.#made.providers.length === 0) return [];
    const check = () => problemsOf(this.#made.providers).join(', ') || undefined;
    const hook = 'poststarthook/start-encryption-provider-config-automatic-reload';
    return [
      { name: 'kms-providers', notLive: true, check },
      ...(reloads ? [{ name: hook, check: () => undefined }] : []),
    ];
  }

  /** What is to be encrypted is encrypted once this resolves, as the settings have it now. `store` is the result's. */
  async sealed(store: Store): Promise<Store> {
    const sealed = new SealedStore(store, new Sealer(this.#made.rules));
    this.#store = sealed;
    this.#tell(await sealed.renew(atOnce));
    return sealed;
  }

  /** Goes by other settings from now on. Rejects where their plug-ins are not well, and changes nothing then. */
  async change(settings: EncryptionSettings): Promise<void> {
    const made = await this.#make(settings);
    const problems = problemsOf(made.providers);
    if (problems.length > 0) {
      for (const provider of made.providers) provider[Symbol.dispose]();
      throw new Error(`health check for new transformers failed: ${problems.join(', ')}`);
    }
    this.#former.push(...this.#made.providers);
    this.#made = made;
    this.#tell((await this.#store?.reseal(made.rules, atOnce)) ?? 0);
    for (const provider of this.#former.splice(0)) provider[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    for (const provider of [...this.#made.providers, ...this.#former]) provider[Symbol.dispose]();
  }

  async #make({ rules }: EncryptionSettings): Promise<Made> {
    const { clock, random, log } = this.#parts;
    const providers: KmsProvider[] = [];
    const metrics = this.#metrics;
    const made = rules.map(async ({ keyPrefixes, ways }) => ({
      keyPrefixes,
      seals: await Promise.all(
        ways.map(async way => {
          if (!('socket' in way)) return way;
          const provider = await KmsProvider.start({
            name: way.name,
            service: new KmsPlugin(way, { clock, metrics }),
            clock,
            random,
            nonces: randomBytes,
            log,
            metrics,
            onRotate: () => void this.#renew(),
          });
          providers.push(provider);
          return provider;
        }),
      ),
    }));
    return { rules: await Promise.all(made), providers };
  }

  async #renew(): Promise<void> {
    try {
      this.#tell((await this.#store?.renew(atOnce)) ?? 0);
    } catch (error) {
      const { message } = error as Error;
      this.#parts.log.error('what is stored was not encrypted by the new key', { error: message });
    }
  }

  #tell(count: number): void {
    if (count > 0) this.#parts.log.info('encrypted anew what was stored otherwise', { values: count });
  }
}

function problemsOf(providers: readonly KmsProvider[]): string[] {
  return providers.flatMap(({ problem }, i) =>
    problem === undefined ? [] : [`kms-provider-${i}: ${problem}`],
  );
}
