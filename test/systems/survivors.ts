/** Changes that no render test sees, each by its name as `npm run mutate` prints it, with the reason why that is well. */
export const survivors: Readonly<Record<string, string>> = {};
