import { setMember } from '#base/members.ts';
import { RecentCache } from '#base/recent-cache.ts';
import { inOnePiece, Shapes, shapedMembersMax } from '#base/shapes.ts';
import { controllerOf, type KubeObject } from '#machinery/object.ts';

const modelsKept = 64;

type Members = Record<string, unknown>;

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
    return this.#settled(object, this.#models.get(keyOf(object))) as KubeObject;
  }

  /** `object` is frozen. */
  learn(object: KubeObject): void {
    this.#models.set(keyOf(object), object);
  }

  #settled(part: unknown, model: unknown): unknown {
    if (part === model) return model;
    if (typeof part === 'string') return inOnePiece(part);
    if (!isObject(part) || Object.isFrozen(part)) return part;
    const known = isObject(model) && Array.isArray(model) === Array.isArray(part) ? model : undefined;
    return Array.isArray(part)
      ? this.#settledItems(part, known as unknown[] | undefined)
      : this.#settledMembers(part as Members, known as Members | undefined);
  }

  #settledItems(items: unknown[], known: unknown[] | undefined): unknown[] {
    let isSame = items.length === known?.length;
    for (let i = 0; i < items.length; i++) {
      items[i] = this.#settled(items[i], known?.[i]);
      isSame &&= items[i] === known![i];
    }
    return isSame ? known! : items;
  }

  #settledMembers(members: Members, known: Members | undefined): Members {
    let isSame = known !== undefined;
    let count = 0;
    for (const name in members) {
      count++;
      const part = members[name];
      const other = known && Object.hasOwn(known, name) ? known[name] : undefined;
      const settled = this.#settled(part, other);
      if (settled !== part) setMember(members, name, settled);
      isSame &&= settled === other;
    }
    if (isSame && haveSameNames(members, known!)) return known!;
    return count > shapedMembersMax ? members : this.#shapes.fit(members);
  }
}

/** Whether both have members of the same names, in the same order. */
function haveSameNames(a: Members, b: Members): boolean {
  const names = Object.keys(b);
  let count = 0;
  for (const name in a) if (name !== names[count++]) return false;
  return count === names.length;
}

function keyOf(object: KubeObject): string {
  // How much is told of its status says how far it has come.
  const { status } = object as { status?: object };
  return `${object.kind} ${controllerOf(object)?.uid} ${status && Object.keys(status).length}`;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
