import type { TimeSlice } from '#base/time-slice.ts';
import type { Entry } from '../resources/entry.ts';
import { presented } from '../resources/presented.ts';
import type { ServedResource } from '../resources/served.ts';
import type { Selection } from './selection.ts';

/** Looked at in one go, so that a long list does not hold up the others. */
const pieceLength = 512;

export interface Selected {
  readonly entries: readonly Entry[];
  /** There are others for which there was no room. */
  readonly more: boolean;
}

/** The first `limit` (0: all) of the candidates that are selected, as the served version shows them. */
export async function selected(
  slice: TimeSlice,
  served: ServedResource,
  candidates: readonly Entry[],
  { selection, limit }: { readonly selection: Selection; readonly limit: number },
): Promise<Selected> {
  if (selection.all && limit === 0 && !served.definition.conversion) {
    return { entries: candidates, more: false };
  }
  const entries: Entry[] = [];
  for (let from = 0; from < candidates.length; from += pieceLength) {
    await slice.breathe();
    const piece = await presented(served, candidates.slice(from, from + pieceLength));
    for (const entry of piece) {
      if (!selection.matches(entry.object)) continue;
      if (limit > 0 && entries.length === limit) return { entries, more: true };
      entries.push(entry);
    }
  }
  return { entries, more: false };
}
