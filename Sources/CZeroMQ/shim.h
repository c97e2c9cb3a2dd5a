#ifndef GONGJI_CZEROMQ_SHIM_H
#define GONGJI_CZEROMQ_SHIM_H

/* eventfd(2), which Swift's Glibc module leaves out; it wakes a thread that waits in zmq_poll. */
#include <sys/eventfd.h>
#include <zmq.h>

/* zmq.h names this option only with ZMQ_BUILD_DRAFT_API; libzmq since 4.3.0 takes it in every
   build. Without it a CURVE server whose ZAP handler is missing lets every key in. */
enum { GONGJI_ZMQ_ZAP_ENFORCE_DOMAIN = 93 };

#endif
