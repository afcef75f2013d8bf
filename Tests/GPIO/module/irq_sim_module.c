// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts made by software, which gpio-sim needs for its edges, as a module: upstream knows irq_sim only as a part
 * of the kernel itself. What it calls of the kernel is exported but for irq_to_desc(), whose answer irq_data has too.
 */
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/module.h>

#define irq_to_desc(number) irq_data_to_desc(irq_get_irq_data(number))
#include "irq_sim.c"

MODULE_LICENSE("GPL");
