export { goFloat } from '#machinery/go-json.ts';
export { naturalOrder, toYaml } from '#machinery/yaml-write.ts';
