import { type BuiltImage, buildImage } from './build.ts';
import type { Architecture } from './elf.ts';
import { pauseExecutable } from './pause.ts';

/** 'localhost', so that no runtime ever asks the network for it. */
export const pauseImageName = 'localhost/coxswain/pause:1';

/** The image of every pod's sandbox, made on the spot as an OCI layout tar at `output`. */
export function buildPauseImage(output: string, architecture: Architecture): Promise<BuiltImage> {
  const pause = { name: 'pause', mode: 0o755, content: pauseExecutable(architecture) };
  return buildImage({ files: [pause] }, output, {
    name: pauseImageName,
    architecture,
    entrypoint: ['/pause'],
    user: '65535:65535',
  });
}
