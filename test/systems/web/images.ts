/** The guest book of examples/web, and what stands before it. */
export const images = ['ballast.dev/guestbook:1.0.0', 'docker.io/nginxinc/nginx-unprivileged:1.30'];
