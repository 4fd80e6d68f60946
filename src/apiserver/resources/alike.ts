import { RecentCache } from '#base/recent-cache.ts';
import { filled, inOnePiece, Shapes } from '#base/shapes.ts';
import { controllerOf, type KubeObject } from '#machinery/object.ts';

const modelsKept = 64;

/**
 * Takes for the parts of an object that another had before it the other's: the pods of a template have most of what they
 * say in common, and what is kept once is collected once. What is stored is frozen, so sharing shows nowhere. What is left
 * is kept without slack.
 */
export class AlikeParts {
  /** The last object of each kind, owner and stage. */
  readonly #models = new RecentCache<string, KubeObject>(modelsKept);
  readonly #shapes = new Shapes();

  /** What to keep for `object`, which is given away; parts of it that are frozen are left alone. */
  share(object: KubeObject): KubeObject {
    return this.#settled(object, this.#models.get(keyOf(object)));
  }

  /** `object` is frozen. */
  learn(object: KubeObject): void {
    this.#models.set(keyOf(object), object);
  }

  #settled<T>(part: T, model: unknown): T {
    if (part === model) return model as T;
    if (typeof part === 'string') return inOnePiece(part) as T;
    if (!isObject(part) || Object.isFrozen(part)) return part;
    const alike =
      isObject(model) && Array.isArray(model) === Array.isArray(part) ? (model as T & object) : undefined;
    const names = Object.keys(part) as (keyof T)[];
    const others = alike ? Object.keys(alike) : undefined;
    let hasSameNames = names.length === others?.length;
    let isSame = hasSameNames;
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      const known = alike && Object.hasOwn(alike, name) ? alike[name] : undefined;
      part[name] = this.#settled(part[name], known);
      hasSameNames &&= name === others![i];
      isSame &&= part[name] === known;
    }
    if (alike && hasSameNames && isSame) return alike;
    if (Array.isArray(part)) return part;
    return alike && hasSameNames ? filled(alike, names, part) : this.#shapes.fit(part);
  }
}

function keyOf(object: KubeObject): string {
  // How much is told of its status says how far it has come.
  const { status } = object as { status?: object };
  return `${object.kind} ${controllerOf(object)?.uid} ${status && Object.keys(status).length}`;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
