import type { FieldSchema, ObjectSchema } from '../schema.ts';

/** One entry of a message: a field, or a struct that JSON shows inline. */
export type PlanEntry =
  | { readonly tag: number; readonly field: FieldSchema }
  | { readonly tag: number; readonly inline: ObjectSchema };

/** What protobuf must know of a type, by field number. */
export interface MessagePlan {
  /** Ascending by field number. */
  readonly entries: readonly PlanEntry[];
  readonly byTag: ReadonlyMap<number, PlanEntry>;
  /** As errors name the type. */
  readonly goName: string;
}

/** Makes each type's plan once. */
export class Plans {
  readonly #plans = new WeakMap<ObjectSchema, MessagePlan>();

  of(schema: ObjectSchema): MessagePlan {
    let plan = this.#plans.get(schema);
    if (!plan) {
      plan = makePlan(schema);
      this.#plans.set(schema, plan);
    }
    return plan;
  }
}

function makePlan(schema: ObjectSchema): MessagePlan {
  const entries: PlanEntry[] = (schema.inlines ?? []).map(i => ({ tag: i.tag, inline: i.schema }));
  for (const field of schema.fields.values()) {
    if (field.tag !== undefined) entries.push({ tag: field.tag, field });
  }
  entries.sort((a, b) => a.tag - b.tag);
  const goName = schema.name.slice(schema.name.lastIndexOf('.') + 1);
  return { entries, byTag: new Map(entries.map(entry => [entry.tag, entry])), goName };
}
