/** What fills its heap when it is asked to: images/leaky. */
export const leaky = { registry: 'ballast.dev', repository: 'leaky', tag: '1' };
/** The services of examples/im. */
export const im = { registry: 'ballast.dev', repository: 'im', tag: '1.1.0' };

export const images = [leaky, im].map(({ registry, repository, tag }) => `${registry}/${repository}:${tag}`);
