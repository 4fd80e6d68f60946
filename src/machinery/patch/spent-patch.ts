import { own, setMember } from '#base/members.ts';
import { isObject, type JsonObject } from './json-object.ts';
import { withoutNulls } from './merge-patch.ts';

const orderPrefix = '$setElementOrder/';

/**
 * What upstream still has of a strategic patch when it has merged it: lists that are put in an order are gone, and
 * so is what is null where there was nothing.
 */
export function spentPatch(patch: JsonObject, original: JsonObject): JsonObject {
  const spent: JsonObject = {};
  for (const [name, value] of Object.entries(patch)) {
    const isMerged = name.startsWith(orderPrefix) || Object.hasOwn(patch, orderPrefix + name);
    if (isMerged || name === '$retainKeys' || name === '$patch') continue;
    const before = own(original, name);
    if (isObject(value) && isObject(before)) setMember(spent, name, spentPatch(value, before));
    else setMember(spent, name, before === undefined ? withoutNulls(value) : value);
  }
  return spent;
}
