/** Removal of what a manager applied before and applies no more (structured-merge-diff's Updater.prune). */
import { type FieldSet, difference, emptySet, intersection, isEmpty, union } from '../fields/field-set.ts';
import { type Manager, type Managers, managerKey } from './managers.ts';
import { withNamedFields } from './named-fields.ts';
import { removeItems } from './remove.ts';
import { toFieldSet } from './to-field-set.ts';
import { mustFit } from './validate.ts';
import type { Versioned, Versions } from './versions.ts';

/** The merged object without what only `last`, the applier's set of last time, had a claim to. */
export async function pruneMerged(
  versions: Versions,
  merged: Versioned,
  managers: Managers,
  last: Manager | undefined,
): Promise<Versioned> {
  if (!last || isEmpty(last.set) || statesAll(managers, last, merged.apiVersion)) return merged;
  const whole = await versions.convert(merged, last.apiVersion);
  if (!whole) return merged;
  if (whole !== merged) mustFit(whole, unprunable);
  const bare = without(whole, withNamedFields(last.set, whole.schema));
  const owned = await addBackOwned(versions, whole, bare, { managers, version: merged.apiVersion });
  const pruned = addBackDangling(whole, owned, last.set);
  return (await versions.convert(pruned, merged.apiVersion)) ?? merged;
}

const unprunable = 'failed to prune fields: failed to convert merged object to last applied version';

/** The applier states all that it stated last time, so that nothing is to be removed. */
function statesAll(managers: Managers, last: Manager, apiVersion: string): boolean {
  const now = managers.get(managerKey(last));
  return last.apiVersion === apiVersion && now !== undefined && isEmpty(difference(last.set, now.set));
}

function without(object: Versioned, set: FieldSet): Versioned {
  return { ...object, value: removeItems(object.schema, object.value, set) };
}

function fieldsOf({ schema, value }: Versioned): FieldSet {
  return withNamedFields(toFieldSet(schema, value), schema);
}

/** Who claims fields, and in which version something was applied now, be it nothing. */
interface Claimants {
  readonly managers: Managers;
  readonly version: string;
}

/**
 * What was removed and some manager claims comes back, and what is no less in a version than before: in the pruned version
 * first, since others may not convert without it.
 */
async function addBackOwned(
  versions: Versions,
  whole: Versioned,
  bare: Versioned,
  { managers, version }: Claimants,
): Promise<Versioned> {
  const claims = new Map<string, FieldSet>([
    [whole.apiVersion, emptySet],
    [version, emptySet],
  ]);
  for (const { apiVersion, set } of managers.values()) {
    claims.set(apiVersion, union(claims.get(apiVersion) ?? emptySet, set));
  }
  let pruned = bare;
  for (const [apiVersion, claimed] of claims) {
    const full = await versions.convert(whole, apiVersion);
    const less = full && (await versions.convert(pruned, apiVersion));
    if (!less) continue;
    const kept = union(fieldsOf(less), withNamedFields(claimed, full.schema));
    pruned = without(full, difference(fieldsOf(full), kept));
  }
  return (await versions.convert(pruned, whole.apiVersion)) ?? whole;
}

/** What was removed though the applier had no claim to it comes back: nobody's fields, and updaters'. */
function addBackDangling(whole: Versioned, pruned: Versioned, last: FieldSet): Versioned {
  const removed = difference(fieldsOf(whole), fieldsOf(pruned));
  return without(whole, intersection(removed, withNamedFields(last, whole.schema)));
}
