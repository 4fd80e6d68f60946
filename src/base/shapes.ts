/** Objects with more are mostly dictionaries, and nobody else has their names. */
export const shapedMembersMax = 32;
/** To one that grows member by member the engine gives room for so many in itself. */
const roomOfAny = 4;
/** Templates and the ways to them; with more it begins anew. */
const nodesMax = 1 << 13;

/** Where the names of an object lead, one after the other. */
class ShapeNode {
  /** An object with just the names that lead here. */
  template: object | undefined;
  /** The name that came first to go on with; most have no other. */
  #name: string | undefined;
  #first: ShapeNode | undefined;
  #others: Map<string, ShapeNode> | undefined;

  after(name: string): ShapeNode | undefined {
    return name === this.#name ? this.#first : this.#others?.get(name);
  }

  grow(name: string): ShapeNode {
    const node = new ShapeNode();
    if (!this.#first) {
      this.#name = name;
      this.#first = node;
    } else {
      this.#others ??= new Map();
      this.#others.set(name, node);
    }
    return node;
  }
}

/**
 * Objects without slack, for those that are kept by the thousand. To one that grows member by member the engine gives room
 * for four, and for the rest a list apart with some to spare; one that JSON.parse makes has its members in itself, and so
 * has a copy of it by spreading.
 */
export class Shapes {
  #root = new ShapeNode();
  #size = 0;

  /** An object that says the same as a JSON object, and takes up no more than it must. */
  fit<T extends object>(object: T): T {
    let node = this.#root;
    let count = 0;
    for (const name in object) {
      if (++count > shapedMembersMax) return object;
      node = node.after(name) ?? this.#grow(node, name);
    }
    if (count <= roomOfAny) return object;
    node.template ??= templateOf(object);
    return filled(node.template as T, object);
  }

  #grow(node: ShapeNode, name: string): ShapeNode {
    if (this.#size++ === nodesMax) {
      this.#size = 0;
      this.#root = new ShapeNode();
    }
    return node.grow(name);
  }
}

function templateOf(object: object): object {
  const members = Object.keys(object).map(name => `${JSON.stringify(name)}:0`);
  return JSON.parse(`{${members.join()}}`) as object;
}

/** A copy of `template` with what `object` has, whose members have the same names. */
function filled<T extends object>(template: T, object: T): T {
  const copy = { ...template };
  for (const name in object) if (copy[name] !== object[name]) copy[name] = object[name];
  return copy;
}

/** The same string: one that was put together of others keeps them until somebody looks at a character of it. */
export function inOnePiece(text: string): string {
  // What is handed back depends on the character, or a compiler would leave out looking at it.
  return text.charCodeAt(0) === 0 ? text.slice(0) : text;
}
