import { RecentCache } from '#base/recent-cache.ts';
import { controllerOf, type KubeObject } from '#machinery/object.ts';

const modelsKept = 64;

/**
 * Takes for the parts of an object that another had before it the other's: the pods of a template have most of what they
 * say in common, and what is kept once is collected once. What is stored is frozen, so sharing shows nowhere.
 */
export class AlikeParts {
  /** The last object of each kind, owner and stage. */
  readonly #models = new RecentCache<string, KubeObject>(modelsKept);

  /** `object` is not frozen yet; the parts of it that are, are left alone. */
  share(object: KubeObject): void {
    const model = this.#models.get(keyOf(object));
    if (!model) return;
    shareMembers(object.metadata, model.metadata);
    for (const name in object) {
      if (name !== 'metadata') shareMember(object, model, name as keyof KubeObject);
    }
  }

  /** `object` is frozen. */
  learn(object: KubeObject): void {
    this.#models.set(keyOf(object), object);
  }
}

function keyOf(object: KubeObject): string {
  // How much is told of its status says how far it has come.
  const { status } = object as { status?: object };
  return `${object.kind} ${controllerOf(object)?.uid} ${status && Object.keys(status).length}`;
}

function shareMembers<T extends object>(own: T, model: T): boolean {
  const names = Object.keys(own) as (keyof T)[];
  const others = Object.keys(model);
  let same = names.length === others.length;
  for (let i = 0; i < names.length; i++) {
    const isShared = shareMember(own, model, names[i]!);
    same &&= isShared && names[i] === others[i];
  }
  return same;
}

/** Whether both have the same there by now. */
function shareMember<T extends object>(own: T, model: T, name: keyof T): boolean {
  if (!Object.hasOwn(model, name)) return false;
  const part: unknown = own[name];
  const known: unknown = model[name];
  if (part === known) return true;
  if (!isObject(part) || !isObject(known) || Object.isFrozen(part)) return false;
  if (Array.isArray(part) !== Array.isArray(known) || !shareMembers(part, known)) return false;
  own[name] = model[name];
  return true;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
