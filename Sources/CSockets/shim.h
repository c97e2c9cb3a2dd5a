#ifndef GONGJI_CSOCKETS_SHIM_H
#define GONGJI_CSOCKETS_SHIM_H

/* What Swift's Glibc module leaves out: epoll(7), accept4(2), SO_PEERCRED and SIOCOUTQ. */
#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/types.h>

/* Declared by the C library only for _GNU_SOURCE. */
int accept4(int, struct sockaddr *, socklen_t *, int);

/* A connection that does not block and does not outlive an exec. */
static inline int gongji_accept(int listener, struct sockaddr *address, socklen_t *size) {
    return accept4(listener, address, size, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/* Octets that the other end of a unix connection has not taken yet; negative on failure. */
static inline int gongji_untaken(int descriptor) {
    int octets = 0;
    return ioctl(descriptor, SIOCOUTQ, &octets) == 0 ? octets : -1;
}

/* The user at the other end of a unix connection. 0, or -1 on failure. */
static inline int gongji_peer_user(int descriptor, uid_t *user) {
    struct { pid_t process; uid_t user; gid_t group; } credentials;
    socklen_t size = sizeof credentials;
    if (getsockopt(descriptor, SOL_SOCKET, 17 /* SO_PEERCRED */, &credentials, &size) != 0) return -1;
    *user = credentials.user;
    return 0;
}

#endif
