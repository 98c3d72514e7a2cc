/** What fills its heap when it is asked to: images/leaky. */
export const leaky = { registry: 'ballast.dev', repository: 'leaky', tag: '1' };

export const images = [`${leaky.registry}/${leaky.repository}:${leaky.tag}`];
