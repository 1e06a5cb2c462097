/* A processor without AVX-512, VNNI and AMX, made of one that has them: the instruction CPUID traps, and is answered
 * without their bits. Libraries then choose the kernels that they would choose on such a processor, at full speed.
 *
 * To be preloaded, on Linux, where the processor can trap CPUID (cpuid_fault in /proc/cpuinfo). Children get it too. */

#define _GNU_SOURCE
#include <asm/prctl.h>
#include <cpuid.h>
#include <dlfcn.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

typedef int (*Set)(int, const struct sigaction *, struct sigaction *);

static struct sigaction others; /* what is to be done at any other fault */
static int at_others;           /* whether one came */

static long trap(int whether) { return syscall(SYS_arch_prctl, ARCH_SET_CPUID, !whether); }

static Set set(void) { return (Set)dlsym(RTLD_NEXT, "sigaction"); }

static unsigned without(unsigned bits, const char *places) {
    for (char *end; *places; places = end) bits &= ~(1u << strtoul(places, &end, 10));
    return bits;
}

/* Leaves and bits as in Intel's manual, volume 2A, under CPUID. */
static void take_away(unsigned leaf, unsigned sub, unsigned r[4]) {
    if (leaf == 7 && sub == 0) {
        r[1] = without(r[1], "16 17 21 28 30 31");  /* AVX-512 F, DQ, IFMA, CD, BW, VL */
        r[2] = without(r[2], "1 6 11 12 14");       /* AVX-512 VBMI, VBMI2, VNNI, BITALG, VPOPCNTDQ */
        r[3] = without(r[3], "2 3 8 22 23 24 25");  /* AVX-512 of other kinds and FP16; AMX */
    } else if (leaf == 7 && sub == 1) {
        r[0] = without(r[0], "4 5 21 23");          /* AVX-VNNI, AVX-512 BF16, AMX FP16, AVX-IFMA */
        r[3] = without(r[3], "4 5 8 10 19");        /* AVX-VNNI of other types, AMX, AVX10 */
    } else if (leaf == 0xd && sub == 0) {
        r[0] = without(r[0], "5 6 7 17 18");        /* their registers */
    } else if (leaf == 0x1d || leaf == 0x1e || leaf == 0x24) {
        r[0] = r[1] = r[2] = r[3] = 0;              /* the tiles of AMX; AVX10 */
    }
}

static void answer(int number, siginfo_t *info, void *context) {
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    const unsigned char *code = (const unsigned char *)registers[REG_RIP];
    if (info->si_code != SI_KERNEL || code[0] != 0x0f || code[1] != 0xa2) {
        at_others = 1;
        set()(number, &others, NULL); /* the instruction is tried again, and faults there */
        return;
    }
    unsigned leaf = registers[REG_RAX], sub = registers[REG_RCX], r[4];
    trap(0);
    __cpuid_count(leaf, sub, r[0], r[1], r[2], r[3]);
    trap(1);
    take_away(leaf, sub, r);
    registers[REG_RAX] = r[0];
    registers[REG_RBX] = r[1];
    registers[REG_RCX] = r[2];
    registers[REG_RDX] = r[3];
    registers[REG_RIP] += 2;
}

/* Who wants to know of faults hears of all but these. */
int sigaction(int number, const struct sigaction *given, struct sigaction *before) {
    if (number != SIGSEGV || at_others) return set()(number, given, before);
    if (before) *before = others;
    if (given) others = *given;
    return 0;
}

__attribute__((constructor)) static void begin(void) {
    struct sigaction ours = {.sa_sigaction = answer, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
    set()(SIGSEGV, &ours, &others);
    if (trap(1)) _exit(70); /* this processor, or who runs this, does not let it be trapped */
}
