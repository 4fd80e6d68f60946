/** Adds lists to the end of one, however long they are: as arguments of push() a long one exhausts the stack. */
export function append<T>(to: T[], ...lists: readonly (readonly T[])[]): void {
  for (const list of lists) for (const item of list) to.push(item);
}
