#pragma once
// Nothing of it is for Swift: what differs between its versions stays in ../gpiod1.c and ../gpiod2.c.
