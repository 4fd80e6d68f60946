import { RecentCache } from '#base/recent-cache.ts';
import type { PodSpec } from '../../generated/types/core.v1.ts';

/** What the name of a volume with a pod's token begins with; five random characters follow. */
export const tokenVolumePrefix = 'kube-api-access-';

/** What was found out about a spec. */
export interface KnownSpec {
  /** It has no errors in a pod. */
  isValid?: true;
  /** It has no errors in a template. */
  isValidInTemplate?: true;
  /** Nothing is to be warned of where no annotation is. */
  isQuiet?: true;
}

const specsKept = 512;
/** A spec with a longer text is hardly anybody else's too. */
const textLengthMax = 16 * 1024;
/** More have a longer text in most cases, and it takes its time to write. */
const itemsMax = textLengthMax / 32;
const tokenVolumeName = new RegExp(`"${tokenVolumePrefix}[a-z0-9]{5}"`);
/** In no JSON: it would be escaped. */
const anyTokenVolume = '"\n"';
/** What is judged together with the pod's name: that of a claim that it makes. */
const claim = '"ephemeral":';

/**
 * Specs by their content. Thousands of pods and jobs come of few templates, and what a spec is in itself need be found out
 * once: what of it was found to be in order is kept, never what was not. Pods of one template differ in the name of
 * their token's volume, which is the same to all rules.
 */
class KnownSpecs {
  readonly #known = new RecentCache<string, KnownSpec>(specsKept);

  /** What is known of specs like this one, to be read and added to; undefined for one that has to be judged each time. */
  of(spec: PodSpec): KnownSpec | undefined {
    if (isLong(spec)) return undefined;
    const text = JSON.stringify(spec);
    if (text.length > textLengthMax || text.includes(claim)) return undefined;
    const key = withoutTokenVolume(text);
    let known = this.#known.get(key);
    if (!known) {
      known = {};
      this.#known.set(key, known);
    }
    return known;
  }
}

function isLong({ containers, initContainers = [], volumes = [], tolerations = [] }: PodSpec): boolean {
  let items = initContainers.length + volumes.length + tolerations.length;
  for (const { env = [], args = [], volumeMounts = [] } of containers ?? []) {
    items += 1 + env.length + args.length + volumeMounts.length;
    if (items > itemsMax) return true;
  }
  return items > itemsMax;
}

function withoutTokenVolume(text: string): string {
  const name = tokenVolumeName.exec(text)?.[0];
  return name === undefined ? text : text.replaceAll(name, anyTokenVolume);
}

const specs = new KnownSpecs();

/** What is known of specs like this one; undefined for one that has to be judged each time. */
export function knownSpec(spec: PodSpec): KnownSpec | undefined {
  return specs.of(spec);
}
